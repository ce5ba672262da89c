import { call } from "./api.js";
import { build } from "./dom.js";
import { say } from "./words.js";

/** What a room is told of: all, or the types that are ticked. A change is kept at once; `onchange(types)` hears of it. */
export class RoomTypes {
  #boxes;

  constructor({ id, label, types }, offered, attempt, onchange) {
    Object.assign(this, { id, attempt, onchange, offered });
    this.#boxes = offered.map(({ type, label: name }) => {
      const box = build("input", { type: "checkbox", value: type, checked: !types || types.includes(type), onchange: () => this.attempt(() => this.#keep(box)) });
      return build("label", { className: "tick" }, box, name);
    });
    const fields = build("fieldset", { "aria-label": say("rooms.types_of", { name: label }) }, ...this.#boxes);
    this.element = build("details", { className: "told" }, build("summary", { "aria-label": say("rooms.choose_named", { name: label }) }, say("rooms.choose")), fields);
  }

  async #keep(box) {
    const ticked = this.#boxes.map((each) => each.querySelector("input")).filter(({ checked }) => checked).map(({ value }) => value);
    if (ticked.length === 0) {
      box.checked = true;
      throw new Error(say("rooms.one_at_least"));
    }
    try {
      const { destination } = await call("PATCH", `/v1/destinations/${this.id}`, { types: ticked.length === this.offered.length ? [] : ticked });
      this.onchange(destination.types);
    } catch (error) {
      box.checked = !box.checked;
      throw error;
    }
  }
}

/** One sentence about what a room is told of. */
export function toldOf(types, offered) {
  if (!types) return say("rooms.told_all");
  const names = types.map((type) => offered.find((each) => each.type === type)?.label ?? type);
  return names.length > 3 ? say("rooms.told_some", { count: names.length, all: offered.length }) : say("rooms.told_of", { types: names.join(", ") });
}
