import { build } from "./dom.js";
import { icon } from "./icons.js";

/** Below this a finger may still mean to scroll or to press; from the second on, letting go is done. */
const [MEANT, ENOUGH] = [12, 88];

/**
 * A finger that draws a row towards the start of its line, to the left in English, is done with it. The button beside it does the
 * same. Scrolling stays the browser's: `touch-action` leaves it everything upright, and it cancels the pointer then.
 */
export class Swipe {
  #drawn = null;
  #mark = build("span", { className: "drawn-mark", "aria-hidden": "true" }, icon("done"));

  /** `at(element)` returns what a row of the list stands for, null if it cannot be done; `done(it)` is called with that. */
  constructor(element, { at, done }) {
    Object.assign(this, { at, done });
    element.addEventListener("pointerdown", (event) => this.#begin(event));
    element.addEventListener("pointermove", (event) => this.#draw(event));
    element.addEventListener("pointerup", (event) => this.#end(event));
    element.addEventListener("pointercancel", () => this.#release());
  }

  #begin({ pointerType, isPrimary, target, clientX, clientY }) {
    this.#release(); // a second finger means something else
    const element = pointerType === "touch" && isPrimary && target.closest(".row, .fold");
    const it = element && this.at(element);
    if (it) this.#drawn = { it, element, x: clientX, y: clientY, sign: getComputedStyle(element).direction === "rtl" ? 1 : -1, far: 0 };
  }

  #draw({ pointerId, clientX, clientY }) {
    const drawn = this.#drawn;
    if (!drawn) return;
    drawn.far = Math.max(0, (clientX - drawn.x) * drawn.sign);
    if (!drawn.begun) {
      if (drawn.far < MEANT || drawn.far < Math.abs(clientY - drawn.y)) return;
      drawn.begun = true;
      drawn.element.setPointerCapture(pointerId);
      drawn.element.append(this.#mark);
      drawn.element.classList.add("drawn");
    }
    drawn.element.style.setProperty("--drawn", `${drawn.far * drawn.sign}px`);
    drawn.element.classList.toggle("enough", drawn.far >= ENOUGH);
  }

  #end() {
    const { it, begun, far } = this.#drawn ?? {};
    this.#release();
    if (begun && far >= ENOUGH) this.done(it);
  }

  #release() {
    const element = this.#drawn?.element;
    this.#drawn = null;
    element?.classList.remove("drawn", "enough");
    element?.style.removeProperty("--drawn");
    if (this.#mark.parentElement === element) this.#mark.remove();
  }
}
