import { build, focused } from "./dom.js";

/** Long enough to reach a button; a message that has the focus stays. */
const STAYS = 12_000;

/** Short messages at the foot of the page. Screen readers read them out. A message may have a button, such as Undo. */
export class Messages {
  #timer = null;
  element = build("div", { className: "messages" });
  #polite = build("div", { role: "status" });
  #urgent = build("div", { role: "alert" });

  constructor() {
    this.element.append(this.#polite, this.#urgent);
  }

  say(text, action = null) {
    this.#show(this.#polite, text, action);
  }

  /** Something failed and was undone. */
  warn(text, action = null) {
    this.#show(this.#urgent, text, action);
  }

  #show(region, text, action) {
    this.clear();
    const button = action && build("button", { type: "button", className: "link" }, action.label);
    button?.addEventListener("click", () => {
      this.clear();
      action.run();
    });
    region.replaceChildren(build("p", { className: "message" }, build("span", { dir: "auto" }, text), button));
    this.#timer = setTimeout(() => this.#pass(), STAYS);
  }

  #pass() {
    if (this.element.contains(focused()) || this.element.matches(":has(:hover)")) this.#timer = setTimeout(() => this.#pass(), STAYS);
    else this.clear();
  }

  clear() {
    clearTimeout(this.#timer);
    this.#polite.replaceChildren();
    this.#urgent.replaceChildren();
  }
}
