import { build, ghosts } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./words.js";

/** The text in place of rows: loading, nothing to show, or the error. */
export class InboxNote {
  element = build("div", { className: "note", part: "note", hidden: true });

  constructor(retry) {
    this.retry = retry;
  }

  clear() {
    this.#show("");
  }

  loading(alone) {
    if (alone) this.#show("loading", build("ul", {}, ...ghosts(3)), hidden(say("note.loading")));
    else this.clear();
  }

  empty({ readState, type, project, team, q }) {
    const narrowed = (q && "searched") || (type && "ofType") || ((project || team) && "narrowed");
    const why = narrowed || readState;
    const words = [icon("bell"), build("h2", {}, say(`note.${why}`)), build("p", {}, say(`note.${why}.text`))];
    this.#show("empty", build("slot", { name: "empty" }, ...words));
  }

  broken(message) {
    const again = build("button", { type: "button", className: "button", onclick: () => this.retry() }, say("try_again"));
    this.#show("broken", build("p", { role: "alert" }, message), again);
  }

  /** An unchanged text is not set again, because screen readers would read it out again. */
  #show(kind, ...content) {
    const text = content.map((each) => each.textContent).join("");
    if (this.element.className === `note ${kind}` && this.element.textContent === text) return;
    this.element.hidden = !kind;
    this.element.className = `note ${kind}`;
    this.element.replaceChildren(...content);
  }
}

function hidden(text) {
  return build("p", { className: "hidden-text" }, text);
}
