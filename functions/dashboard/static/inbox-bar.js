import { build } from "./dom.js";

const READ_STATES = [
  ["unread", "Unread"],
  ["all", "All"],
  ["read", "Read"],
];

/** The filters and the button that marks all: `filter` is what they say, `onfilter` hears when they say something else. */
export class InboxBar {
  #states;
  #types = build("select", { "aria-label": "Type" }, build("option", { value: "" }, "All types"));

  constructor(filter, { onfilter, onmarkall }) {
    this.#states = READ_STATES.map(([value, label]) => this.#state(value, label, value === filter.readState));
    this.#types.addEventListener("change", onfilter);
    this.wantedType = filter.type;
    this.markAll = build("button", { type: "button", className: "button", onclick: onmarkall }, "Mark all as read");
    const states = build("fieldset", { className: "segments", onchange: onfilter });
    states.append(build("legend", { className: "hidden-text" }, "Show"), ...this.#states);
    this.element = build("div", { className: "bar" }, states, this.#types, this.markAll);
  }

  get filter() {
    const chosen = this.#states.find((state) => state.firstChild.checked);
    return { readState: chosen.firstChild.value, type: this.#types.value || this.wantedType };
  }

  /** The registry's types, which the server knows and this page does not. */
  listTypes(types) {
    this.#types.append(...types.map(({ type, label }) => build("option", { value: type }, label)));
    this.#types.value = this.wantedType;
    this.wantedType = "";
  }

  /** Kept in the tab order when there is nothing to mark: whoever pressed it must not lose their place. */
  allowMarkAll(allowed) {
    this.markAll.setAttribute("aria-disabled", String(!allowed));
  }

  #state(value, label, checked) {
    return build("label", {}, build("input", { type: "radio", name: "read-state", value, checked }), build("span", {}, label));
  }
}
