import { build } from "./dom.js";

const READ_STATES = [
  ["unread", "Unread"],
  ["all", "All"],
  ["read", "Read"],
];

/** The filters and the mark-all button. `filter` is the current choice; `onfilter` is called when it changes. */
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

  /** Add the types, which come from the server's registry. */
  listTypes(types) {
    this.#types.append(...types.map(({ type, label }) => build("option", { value: type }, label)));
    this.#types.value = this.wantedType;
    this.wantedType = "";
  }

  /** A disabled button stays in the tab order, so that the focus is not lost after it was pressed. */
  allowMarkAll(allowed) {
    this.markAll.setAttribute("aria-disabled", String(!allowed));
  }

  #state(value, label, checked) {
    return build("label", {}, build("input", { type: "radio", name: "read-state", value, checked }), build("span", {}, label));
  }
}
