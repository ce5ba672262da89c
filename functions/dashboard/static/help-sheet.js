import { build } from "./dom.js";
import { say } from "./words.js";

const KEYS = [
  ["j", say("help.next")],
  ["k", say("help.previous")],
  ["o", say("help.open")],
  ["e", say("help.done")],
  ["u", say("help.read")],
  ["s", say("help.snooze")],
  ["#", say("help.delete")],
  ["z", say("help.undo")],
  ["/", say("help.search")],
  ["?", say("help.this")],
];
const STORED = "owlpost-keys";

/** The help sheet for the keys, and the switch that turns them off in this browser. */
export class HelpSheet {
  element = build("dialog", { className: "sheet", "aria-labelledby": "keys-title" });
  #switch = build("input", { type: "checkbox", id: "keys-on", onchange: () => this.#store() });

  constructor() {
    const rows = KEYS.map(([key, does]) => build("div", {}, build("dt", {}, build("kbd", {}, key)), build("dd", {}, does)));
    this.#switch.checked = stored() !== "off";
    const close = build("button", { type: "button", className: "button primary", onclick: () => this.element.close() }, say("close"));
    this.element.append(
      build("h2", { id: "keys-title" }, say("bar.keys")),
      build("dl", {}, ...rows),
      build("p", { className: "choices" }, build("label", { className: "check" }, this.#switch, say("help.use")), close),
    );
  }

  get on() {
    return this.#switch.checked;
  }

  open() {
    if (!this.element.open) this.element.showModal();
  }

  #store() {
    try {
      localStorage.setItem(STORED, this.#switch.checked ? "on" : "off");
    } catch {
      // a browser that stores nothing: it holds for this page
    }
  }
}

function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
