import { build } from "./dom.js";
import { icon } from "./icons.js";
import { number, say } from "./words.js";

const READ_STATES = [
  ["unread", say("bar.unread")],
  ["all", say("bar.all")],
  ["read", say("bar.read")],
  ["done", say("bar.done")],
  ["snoozed", say("bar.snoozed")],
];
const TYPED = 250;

/** The filters, search, undo, help and the mark-all button. `filter` is the current choice; `onfilter` is called on a change. */
export class InboxBar {
  #states;
  #timer = null;
  #choices = { type: choice(say("bar.type"), say("bar.all_types")), project: choice(say("bar.project"), say("bar.all_projects")), team: choice(say("bar.team"), say("bar.all_teams")) };
  #wanted = {};

  /** `onfilter(isTyped)`: while somebody types, each pause is a change. */
  constructor(filter, { onfilter, onmarkall, onundo, onhelp }) {
    this.#states = READ_STATES.map(([value, label]) => this.#state(value, label));
    this.search = build("input", { type: "search", placeholder: say("bar.search"), maxLength: 200, "aria-label": say("bar.search") });
    this.search.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => onfilter(true), TYPED);
    });
    for (const each of Object.values(this.#choices)) each.addEventListener("change", () => onfilter(false));
    const states = build("fieldset", { className: "segments", onchange: () => onfilter(false) });
    states.append(build("legend", { className: "hidden-text" }, say("bar.show")), ...this.#states);
    this.undo = build("button", { type: "button", className: "quiet", onclick: onundo }, icon("undo"));
    this.help = build("button", { type: "button", className: "quiet help", title: say("bar.keys"), onclick: onhelp }, icon("keys"));
    this.help.setAttribute("aria-label", say("bar.keys"));
    this.markAll = build("button", { type: "button", className: "button", onclick: onmarkall }, say("bar.mark_all"));
    const { type, project, team } = this.#choices;
    this.element = build(
      "div",
      { className: "tools", part: "tools" },
      build("div", { className: "bar" }, states, build("span", { className: "acts" }, this.undo, this.help, this.markAll)),
      build("search", { className: "bar filters" }, this.search, type, project, team),
    );
    this.choose(filter);
    this.offerUndo("");
  }

  get filter() {
    const chosen = this.#states.find((state) => state.firstChild.checked);
    const values = Object.entries(this.#choices).map(([name, select]) => [name, select.value || (this.#wanted[name] ?? "")]);
    return { readState: chosen.firstChild.value, q: this.search.value.trim(), ...Object.fromEntries(values) };
  }

  /** Show this filter, as an address or an attribute has it. What is not known is left out. */
  choose({ readState, q = "", ...values }) {
    const known = this.#states.find((state) => state.firstChild.value === readState) ?? this.#states[0];
    known.firstChild.checked = true;
    this.search.value = q;
    for (const [name, select] of Object.entries(this.#choices)) {
      const wanted = values[name] ?? "";
      select.value = wanted;
      if (select.selectedIndex < 0) select.value = "";
      this.#wanted[name] = select.value === wanted ? "" : wanted;
    }
  }

  /** Add the options of a filter, `[value, label]` each, which come from the server. */
  list(name, options) {
    const select = this.#choices[name];
    while (select.options.length > 1) select.lastChild.remove();
    select.append(...options.map(([value, label]) => build("option", { value }, label)));
    const wanted = this.#wanted[name];
    this.#wanted[name] = "";
    if (!wanted) return;
    select.value = wanted;
    if (select.selectedIndex < 0) select.append(build("option", { value: wanted, selected: true }, say("bar.not_yours")));
  }

  /** A disabled button stays in the tab order, so that the focus is not lost after it was pressed. */
  allowMarkAll(allowed, count) {
    this.markAll.setAttribute("aria-disabled", String(!allowed));
    const shown = count >= 1000 ? `${number(1000)}+` : count;
    this.markAll.textContent = allowed && count ? say("bar.mark_all_count", { count: shown }) : say("bar.mark_all");
  }

  /** Words for what Undo would undo, "" for nothing. */
  offerUndo(next) {
    const label = next ? say("bar.undo_that", { act: next }) : say("bar.undo");
    this.undo.setAttribute("aria-disabled", String(!next));
    this.undo.setAttribute("aria-label", label);
    this.undo.title = label;
  }

  #state(value, label) {
    return build("label", {}, build("input", { type: "radio", name: "read-state", value }), build("span", {}, label));
  }
}

function choice(label, all) {
  return build("select", { "aria-label": label }, build("option", { value: "" }, all));
}
