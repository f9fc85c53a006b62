// Sends changes to the server one after the other, keeps what it has not confirmed, and tries again.

const RETRY_MILLISECONDS = 2000;

export class Saving {
  // show(state, text) is told "saving", "saved", "offline" or "refused"; progress(answer) gets each confirmation.
  constructor(id, show, progress) {
    this.key = `weak-labels:${id}`;
    this.show = show;
    this.progress = progress;
    this.waiting = new Map();
    this.running = false;
    for (const [image, entry] of Object.entries(read(this.key))) this.waiting.set(image, entry);
    if (this.waiting.size) this.run();
  }

  put(image, entry) {
    this.waiting.set(image, entry);
    this.remember();
    this.run();
  }

  // What is on its way for an image, if anything.
  entry(image) {
    return this.waiting.get(image);
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.waiting.size) {
      const [image, entry] = this.waiting.entries().next().value;
      this.show("saving", "saving");
      if (!(await this.send(image, entry))) await new Promise((go) => setTimeout(go, RETRY_MILLISECONDS));
    }
    this.running = false;
  }

  async send(image, entry) {
    let response, answer;
    try {
      response = await fetch("save", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ image, ...entry }),
      });
      answer = await response.json();
    } catch {
      this.show("offline", "not saved yet, kept in this browser: start the server again and open the address it prints");
      return false;
    }
    if (response.status >= 500) {
      this.show("refused", answer.error); // a full disk, for example: it is tried again
      return false;
    }
    if (this.waiting.get(image) === entry) this.waiting.delete(image);
    this.remember();
    if (response.ok) {
      this.show("saved", "saved");
      this.progress(answer);
    } else {
      this.show("refused", answer.error ?? `not saved (${response.status})`);
    }
    return true;
  }

  remember() {
    try {
      if (this.waiting.size) localStorage.setItem(this.key, JSON.stringify(Object.fromEntries(this.waiting)));
      else localStorage.removeItem(this.key);
    } catch {
      // a full or forbidden store only loses the copy; the server is still asked
    }
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
