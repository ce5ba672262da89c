import { build, focused } from "./dom.js";
import { counted } from "./words.js";

/** New notifications wait behind a button, so that the list does not move while somebody reads it. */
export class Arrivals {
  #waiting = [];
  text = "";

  constructor(onclick) {
    this.element = build("button", { type: "button", className: "arrivals", hidden: true, onclick });
  }

  get hasFocus() {
    return focused() === this.element;
  }

  wait(notifications) {
    const { length } = notifications;
    this.#waiting = notifications;
    this.text = length ? counted("arrivals", length) : "";
    this.element.textContent = this.text;
    this.element.hidden = !length;
  }

  take() {
    const taken = this.#waiting;
    this.clear();
    return taken;
  }

  clear() {
    this.wait([]);
  }
}
