import { build } from "./dom.js";
import { icon } from "./icons.js";
import { number, say } from "./words.js";

/** From so many on, rows of one kind from one project are shown as one. */
export const FOLDS_FROM = 3;

/** The line that stands for some rows of one kind, and opens to show them. */
export class FoldHead {
  #text = "";
  rows = [];
  open = false;

  constructor({ list, inbox }) {
    this.list = list;
    this.inbox = inbox;
    this.button = build("button", { type: "button", className: "unfold", onclick: () => this.toggle() });
    this.done = build("button", { type: "button", className: "quiet done", onclick: () => this.act("done") }, icon("done"));
    this.done.title = say("fold.done");
    this.element = build("li", { className: "fold", tabIndex: -1 }, this.button, build("div", { className: "actions" }, this.done));
  }

  /** Show these rows under this name. */
  show(rows, name) {
    this.rows = rows;
    const text = say("fold.name", { count: number(rows.length), kind: name });
    if (text !== this.#text) this.#name(text, rows[0].notification.type);
    this.done.hidden = this.list.readState === "done";
    this.element.classList.toggle("unread", rows.some((row) => !row.read));
    this.#tuck();
  }

  #name(text, type) {
    this.#text = text;
    this.button.replaceChildren(build("span", { className: "tile" }, icon(type)), build("span", { dir: "auto" }, text), icon("fold"));
    this.done.setAttribute("aria-label", say("fold.done_named", { what: text }));
  }

  toggle() {
    this.open = !this.open;
    this.#tuck();
  }

  act(verb) {
    const rows = verb === "read" ? this.rows.filter((row) => !row.read) : this.rows;
    return this.inbox.acts.act(verb, [...rows]);
  }

  #tuck() {
    this.button.setAttribute("aria-expanded", String(this.open));
    for (const row of this.rows) {
      row.element.classList.toggle("tucked", !this.open);
      row.element.classList.toggle("inside", this.open);
    }
  }
}
