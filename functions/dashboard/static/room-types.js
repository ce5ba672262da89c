import { call } from "./api.js";
import { build } from "./dom.js";
import { Saver } from "./saver.js";
import { say } from "./words.js";

/** What a room is told of: all, or the types that are ticked. A change is kept at once; `onchange(types)` hears of it. */
export class RoomTypes {
  #boxes;
  #saver;

  constructor({ id, label, types }, offered, attempt, onchange) {
    Object.assign(this, { id, attempt, onchange, offered });
    this.#boxes = offered.map(({ type, label: name }) => {
      const box = build("input", { type: "checkbox", value: type, checked: !types || types.includes(type), onchange: () => this.attempt(() => this.#want(box)) });
      return { box, label: build("label", { className: "tick" }, box, name) };
    });
    this.#saver = new Saver(this.#ticked, {
      save: (ticked) => this.#save(ticked.split(" ")),
      show: (ticked) => this.#show(ticked.split(" ")),
      failed: (error) => this.attempt(() => Promise.reject(error)),
    });
    const fields = build("fieldset", { "aria-label": say("rooms.types_of", { name: label }) }, ...this.#boxes.map((each) => each.label));
    this.element = build("details", { className: "told" }, build("summary", { "aria-label": say("rooms.choose_named", { name: label }) }, say("rooms.choose")), fields);
  }

  /** The types that are ticked, as one text: a wish is another than what is saved if the texts differ. */
  get #ticked() {
    return this.#boxes.filter(({ box }) => box.checked).map(({ box }) => box.value).join(" ");
  }

  async #want(box) {
    if (this.#ticked) return this.#saver.want(this.#ticked);
    box.checked = true;
    throw new Error(say("rooms.one_at_least"));
  }

  async #save(ticked) {
    const { destination } = await call("PATCH", `/v1/destinations/${this.id}`, { types: ticked.length === this.offered.length ? [] : ticked });
    this.onchange(destination.types);
  }

  #show(ticked) {
    for (const { box } of this.#boxes) box.checked = ticked.includes(box.value);
  }
}

/** One sentence about what a room is told of. */
export function toldOf(types, offered) {
  if (!types) return say("rooms.told_all");
  const names = types.map((type) => offered.find((each) => each.type === type)?.label ?? type);
  return names.length > 3 ? say("rooms.told_some", { count: names.length, all: offered.length }) : say("rooms.told_of", { types: names.join(", ") });
}
