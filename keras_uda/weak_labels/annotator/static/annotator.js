// Tagging: one image at a time, one key per class. What is shown is `item`; every change is saved at once.

import { Picture } from "./picture.js";
import { Saving } from "./saving.js";

const PRESENT = 1, ABSENT = 0, UNKNOWN = -1;
const IDLE_SECONDS = 20; // a longer pause is not work
const find = (id) => document.getElementById(id);

let session, saving, picture, item, buttons;
let history = []; // states before a change: {number, tags, points, unsure, seconds}
let before = null; // tags of the image finished last
let waiting = null; // a point without a class yet
let worked = 0, lastMove = performance.now();

async function start() {
  session = await get("session");
  document.title = `Tag images: ${session.folder}`;
  find("files").textContent = `${session.folder} → ${session.output}`;
  find("total").textContent = `of ${session.total.toLocaleString("en")}`;
  find("number").max = session.total;
  picture = new Picture(find("stage"), find("frame"), find("image"), find("marks"), clicked);
  buttons = session.classes.map((entry, index) => classButton(entry, index));
  find("classes").replaceChildren(...buttons);
  find("chooser").replaceChildren(...session.classes.map((entry, index) => choice(entry, index)));
  saving = new Saving(session.id, showSaved, showProgress);
  showProgress(session);
  listen();
  await open(session.next ?? 0);
  if (session.next === null) notice("Every image is tagged. You can close this page.");
}

async function get(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

// What is shown

async function open(number) {
  if (number < 0 || number >= session.total) return;
  let loaded;
  try {
    loaded = await get(`item/${number}`);
  } catch {
    showSaved("offline", "the server does not answer. Start it again and open the address it prints");
    return;
  }
  item = { ...loaded, ...saving.entry(loaded.image), unsure: new Set(), asked: -1 };
  [worked, lastMove, waiting] = [0, performance.now(), null];
  notice(item.size ? "" : `${item.image} cannot be read; continue with →`);
  picture.load(`image/${number}`, item.size ?? [4, 3]);
  find("number").value = number + 1;
  find("name").textContent = item.image;
  show();
  if (item.next !== null) new Image().src = `image/${item.next}`;
}

// "present", "guess" (of the model), "unsure", "absent" or "open" (nothing said yet)
function value(index) {
  if (item.tags[index] === PRESENT) return "present";
  if (item.tags[index] === ABSENT) return "absent";
  if (item.unsure.has(index) || item.seconds !== null) return "unsure";
  return item.guess && item.guess[index] >= 0.5 ? "guess" : "open";
}

function show() {
  buttons.forEach((button, index) => {
    button.dataset.value = value(index);
    button.setAttribute("aria-pressed", ["present", "guess"].includes(value(index)));
    const count = item.points.filter((point) => point.class === index).length;
    button.querySelector(".points").textContent = count ? `●${count > 1 ? count : ""}` : "";
    const sure = button.querySelector("meter");
    sure.hidden = !item.guess || item.seconds !== null;
    sure.value = item.guess?.[index] ?? 0;
  });
  const marks = item.points.map((point) => ({ ...point, colour: css(session.classes[point.class].colour) }));
  picture.draw(waiting ? [...marks, waiting] : marks, item.suggestions.map((place) => ({ ...place, done: answered(place) })));
  find("chooser").hidden = !waiting;
  find("hint").textContent = hint();
  find("undo").disabled = !history.length;
  find("copy").disabled = !before;
  find("suggest").hidden = !openPlaces().length;
  Object.assign(document.body.dataset, { number: item.number, finished: item.seconds !== null });
}

function hint() {
  if (waiting) return `Which class is at this point? Press its key, or Esc${waiting.suggested ? "; , skips it" : ""}.`;
  if (item.seconds !== null) return "Finished; changes are saved.";
  const places = openPlaces().length;
  if (places) return `Press , for the next of ${places} places where a click helps most.`;
  return item.guess ? "Dashed: the model's guess. Correct it, then Enter." : "Tag what you see, then Enter.";
}

function classButton({ name, colour, key }, index) {
  const button = document.createElement("button");
  button.append(part("kbd", "", key), part("span", "swatch"), part("span", "name", name), part("span", "points"));
  button.append(document.createElement("meter"));
  button.style.setProperty("--colour", css(colour));
  button.style.setProperty("--text", colour[0] * 0.3 + colour[1] * 0.59 + colour[2] * 0.11 > 140 ? "#000" : "#fff");
  button.title = `${name}: click or press ${key}; with Shift: not sure`;
  button.addEventListener("click", (event) => press(index, event.shiftKey));
  return button;
}

function choice({ name, colour, key }, index) {
  const button = part("button", "", name);
  button.prepend(part("kbd", "", key), part("span", "swatch"));
  button.style.setProperty("--colour", css(colour));
  button.addEventListener("click", () => press(index, false));
  return button;
}

function part(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

const css = ([red, green, blue]) => `rgb(${red}, ${green}, ${blue})`;

function notice(text) {
  find("notice").textContent = text;
  find("notice").hidden = !text;
}

function showSaved(state, text) {
  Object.assign(find("saved"), { textContent: text, className: state });
}

function showProgress({ done, total, seconds }) {
  const pace = seconds ? ` · ${seconds} s per image · ${duration((total - done) * seconds)} left` : "";
  find("progress").textContent = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} tagged${pace}`;
  find("bar").firstElementChild.style.width = `${(100 * done) / Math.max(1, total)}%`;
}

function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// What changes it

function remember() {
  const { number, tags, points, unsure, seconds } = item;
  history.push({ number, tags: [...tags], points: [...points], unsure: new Set(unsure), seconds });
}

function save() {
  saving.put(item.image, { tags: item.tags, points: item.points, seconds: item.seconds });
  show();
}

function press(index, unsure) {
  remember();
  const goOn = waiting?.suggested;
  if (waiting) addPoint(index);
  else if (unsure) setUnsure(index);
  else toggle(index);
  save();
  if (goOn) suggest();
}

function toggle(index) {
  const on = !["present", "guess"].includes(value(index));
  const off = item.seconds !== null || (item.guess && item.guess[index] >= 0.5) ? ABSENT : UNKNOWN;
  item.unsure.delete(index);
  set(index, on ? PRESENT : off);
}

function setUnsure(index) {
  const already = value(index) === "unsure" && item.seconds === null;
  item.unsure[already ? "delete" : "add"](index);
  set(index, UNKNOWN);
}

// A point says that its class is there, so it goes with the tag.
function set(index, tag) {
  item.tags = item.tags.with(index, tag);
  if (tag !== PRESENT) item.points = item.points.filter((point) => point.class !== index);
}

function addPoint(index) {
  item.points = [...item.points, { x: waiting.x, y: waiting.y, class: index }];
  item.unsure.delete(index);
  item.tags = item.tags.with(index, PRESENT);
  waiting = null;
}

// Places that the model asks about, in their order; one with a point at its pixel is answered.

const answered = ({ x, y }) => item.points.some((point) => point.x === x && point.y === y);
const openPlaces = () => item.suggestions.filter((place) => !answered(place));

// The next open place waits for its class: behind the one that waits now, then behind the one that was answered last.
function suggest() {
  const behind = waiting?.suggested ? waiting.rank : item.asked;
  const ranked = item.suggestions.map((place, rank) => ({ ...place, rank, suggested: true }));
  const place = ranked.find((one) => one.rank > behind && !answered(one));
  waiting = place ?? null;
  item.asked = place ? place.rank : -1; // behind the last one it begins again
  show();
  if (waiting) placeChooser(...picture.onScreen(waiting));
}

function clicked(x, y, left, top) {
  if (!item.size) return;
  const old = picture.near(x, y);
  if (waiting) {
    waiting = null;
  } else if (old >= 0) {
    remember();
    item.points = item.points.toSpliced(old, 1);
    save();
  } else {
    waiting = { x, y };
  }
  show();
  if (waiting) placeChooser(left, top);
}

function placeChooser(left, top) {
  const stage = find("stage").getBoundingClientRect(), box = find("chooser");
  box.style.left = `${Math.max(4, Math.min(left - stage.left + 16, stage.width - box.offsetWidth - 4))}px`;
  box.style.top = `${Math.max(4, Math.min(top - stage.top + 16, stage.height - box.offsetHeight - 4))}px`;
}

async function finish() {
  if (!item.size) return open(item.next ?? item.number);
  remember();
  const final = { present: PRESENT, guess: PRESENT, unsure: UNKNOWN, absent: ABSENT, open: ABSENT };
  item.tags = item.tags.map((_, index) => final[value(index)]);
  item.seconds = Math.round(10 * ((item.seconds ?? 0) + Math.max(worked, 0.1))) / 10;
  before = item.tags;
  save();
  if (item.next === null) notice("Every image is tagged. You can close this page.");
  else await open(item.next);
}

function copyBefore() {
  if (!before) return;
  remember();
  const pointed = new Set(item.points.map((point) => point.class));
  item.tags = before.map((tag, index) => (tag === PRESENT || pointed.has(index) ? PRESENT : UNKNOWN));
  save();
}

async function undo() {
  const state = history.pop();
  if (!state) return;
  if (state.number !== item.number) await open(state.number);
  Object.assign(item, state);
  waiting = null;
  notice("");
  save();
}

// Keys and mouse

function listen() {
  find("previous").addEventListener("click", () => open(item.number - 1));
  find("next").addEventListener("click", () => open(item.number + 1));
  find("undo").addEventListener("click", undo);
  find("copy").addEventListener("click", copyBefore);
  find("done").addEventListener("click", finish);
  find("suggest").addEventListener("click", suggest);
  find("help-button").addEventListener("click", () => find("help").showModal());
  find("number").addEventListener("change", (event) => {
    open(Number(event.target.value) - 1);
    event.target.blur();
  });
  for (const kind of ["keydown", "pointermove", "pointerdown", "wheel"]) addEventListener(kind, working, { passive: true });
  addEventListener("keydown", keydown);
  addEventListener("click", (event) => event.target.closest("main button")?.blur()); // or Space would press it again
}

function working() {
  const now = performance.now();
  worked += Math.min(IDLE_SECONDS, (now - lastMove) / 1000);
  lastMove = now;
}

const ACTIONS = {
  Enter: finish,
  " ": finish,
  ArrowLeft: () => open(item.number - 1),
  ArrowRight: () => open(item.number + 1),
  Backspace: undo,
  ".": copyBefore,
  ",": suggest,
  "?": () => find("help").showModal(),
  F1: () => find("help").showModal(),
  Escape: () => { waiting = null; show(); },
};

function keydown(event) {
  if (event.target.matches("input") || find("help").open || !item) return;
  if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) return act(event, undo);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code); // also where a layout wants Shift for digits
  const index = session.classes.findIndex(({ key }) => key && key === (digit?.[1] ?? event.key.toLowerCase()));
  if (index >= 0 && !event.repeat) act(event, () => press(index, event.shiftKey));
  else if (ACTIONS[event.key] && !(event.repeat && event.key === "Enter")) act(event, ACTIONS[event.key]);
}

function act(event, action) {
  event.preventDefault(); // also keeps Enter from pressing the button that has the focus
  action();
}

start().catch(() => showSaved("offline", "this address has expired: open the one that the command printed"));
