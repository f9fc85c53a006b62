// Shows one image with its points: fit, zoom by wheel, move by drag, click at a pixel of the stored image.

const SVG = "http://www.w3.org/2000/svg";
const LARGEST_ZOOM = 40;
const DRAG_PIXELS = 4;

export class Picture {
  // clicked(x, y, clientX, clientY) is told the pixel of the stored image, from 0.
  constructor(stage, frame, image, marks, clicked) {
    Object.assign(this, { stage, frame, image, marks, clicked, width: 1, height: 1, points: [], places: [] });
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("dblclick", () => this.fit());
    new ResizeObserver(() => this.fit()).observe(stage);
  }

  load(address, [width, height]) {
    Object.assign(this, { width, height });
    this.image.src = address;
    this.image.width = width;
    this.image.height = height;
    this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.marks.setAttribute("width", width);
    this.marks.setAttribute("height", height);
    this.fit();
  }

  fit() {
    const { clientWidth, clientHeight } = this.stage;
    this.scale = this.whole = Math.min(clientWidth / this.width, clientHeight / this.height);
    this.left = (clientWidth - this.width * this.scale) / 2;
    this.top = (clientHeight - this.height * this.scale) / 2;
    this.place();
  }

  place() {
    this.frame.style.transform = `translate(${this.left}px, ${this.top}px) scale(${this.scale})`;
    this.image.classList.toggle("large", this.scale > 3);
    this.draw(this.points, this.places);
  }

  pixel(event) {
    const box = this.stage.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left - this.left) / this.scale);
    const y = Math.floor((event.clientY - box.top - this.top) / this.scale);
    return x >= 0 && y >= 0 && x < this.width && y < this.height ? [x, y] : null;
  }

  wheel(event) {
    event.preventDefault();
    const box = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const wanted = this.scale * Math.exp(-event.deltaY / 300);
    const scale = Math.min(Math.max(wanted, this.whole), this.whole * LARGEST_ZOOM);
    if (scale === this.whole) return this.fit();
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.place();
  }

  down(event) {
    if (event.button !== 0 || event.target.closest("#chooser")) return;
    this.grip = { x: event.clientX, y: event.clientY, left: this.left, top: this.top, moved: false };
    this.stage.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.grip) return;
    const [x, y] = [event.clientX - this.grip.x, event.clientY - this.grip.y];
    this.grip.moved ||= Math.hypot(x, y) > DRAG_PIXELS;
    if (!this.grip.moved || this.scale === this.whole) return;
    Object.assign(this, { left: this.grip.left + x, top: this.grip.top + y });
    this.place();
  }

  up(event) {
    const pixel = this.grip && !this.grip.moved ? this.pixel(event) : null;
    this.grip = null;
    if (pixel) this.clicked(...pixel, event.clientX, event.clientY);
  }

  // The point within a few screen pixels of (x, y), or -1.
  near(x, y) {
    return this.points.findIndex((point) => Math.hypot(point.x - x, point.y - y) * this.scale < 10);
  }

  // Where a pixel of the stored image is in the window.
  onScreen({ x, y }) {
    const box = this.stage.getBoundingClientRect();
    return [box.left + this.left + (x + 0.5) * this.scale, box.top + this.top + (y + 0.5) * this.scale];
  }

  // points: [{x, y, colour, waiting}], places: [{x, y, done}], the best first
  draw(points, places) {
    [this.points, this.places] = [points, places];
    const radius = 6 / this.scale;
    const open = places.map((place, rank) => [place, rank + 1]).filter(([place]) => !place.done);
    const asked = open.flatMap(([place, rank]) => [
      circle(place, radius, { fill: "#0006", stroke: "#ffe066", "stroke-width": radius / 4, class: "place" }),
      number(place, radius, rank),
    ]);
    this.marks.replaceChildren(...asked, ...points.flatMap((point) => [
      circle(point, radius, { fill: point.colour ?? "none", stroke: "#000", "stroke-width": radius / 1.5 }),
      circle(point, radius, { fill: "none", stroke: "#fff", "stroke-width": radius / 3, class: point.colour ? "" : "new" }),
    ]));
  }
}

function number(point, radius, rank) {
  const element = document.createElementNS(SVG, "text");
  const place = { x: point.x + 0.5, y: point.y + 0.5 + radius / 2, "font-size": radius * 1.4, "text-anchor": "middle" };
  for (const [name, value] of Object.entries({ ...place, fill: "#ffe066", class: "place" })) element.setAttribute(name, value);
  element.textContent = rank;
  return element;
}

function circle(point, radius, attributes) {
  const element = document.createElementNS(SVG, "circle");
  const place = { cx: point.x + 0.5, cy: point.y + 0.5, r: radius };
  for (const [name, value] of Object.entries({ ...place, ...attributes })) element.setAttribute(name, value);
  return element;
}
