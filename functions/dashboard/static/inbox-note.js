import { build, ghosts } from "./dom.js";
import { icon } from "./icons.js";

const EMPTY = {
  unread: ["You are all caught up", "What is new will appear here as it arrives."],
  all: ["Nothing here yet", "When something happens that you want to hear of, it is kept here."],
  ofType: ["Nothing of this type", "Another type, or “All types”, may have some."],
  narrowed: ["Nothing here", "Another project or team may have some."],
  searched: ["Nothing found", "All words have to stand in the title, the text or the project’s name."],
  done: ["Nothing done yet", "What you are done with is kept here for a month after you read it."],
  snoozed: ["Nothing is snoozed", "What you snooze waits here, and comes back unread at its time."],
  read: ["Nothing read yet", "What you have read is kept here for a month."],
};

/** The text in place of rows: loading, nothing to show, or the error. */
export class InboxNote {
  element = build("div", { className: "note", hidden: true });

  constructor(retry) {
    this.retry = retry;
  }

  clear() {
    this.#show("");
  }

  loading(alone) {
    if (alone) this.#show("loading", build("ul", {}, ...ghosts(3)), hidden("Loading …"));
    else this.clear();
  }

  empty({ readState, type, project, team, q }) {
    const narrowed = (q && "searched") || (type && "ofType") || ((project || team) && "narrowed");
    const [title, text] = EMPTY[narrowed || readState];
    this.#show("empty", icon("bell"), build("h2", {}, title), build("p", {}, text));
  }

  broken(message) {
    const again = build("button", { type: "button", className: "button", onclick: () => this.retry() }, "Try again");
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
