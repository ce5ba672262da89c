import { build, focused } from "./dom.js";
import { icon } from "./icons.js";
import { snoozeTimes } from "./snooze-times.js";
import { say } from "./words.js";

/** The menu of a row: read or unread, the times of a snooze, and, at the end, delete. One for all rows. */
export class RowMenu {
  #row = null;
  #opener = null;
  element = build("div", { className: "menu", role: "menu", popover: "auto" });

  /** `pick(row)` asks for another time of a snooze. */
  constructor(inbox, pick) {
    this.inbox = inbox;
    this.pick = pick;
    this.element.addEventListener("keydown", (event) => this.#move(event));
    this.element.addEventListener("toggle", ({ newState }) => this.#opener?.setAttribute("aria-expanded", String(newState === "open")));
  }

  open(row, opener) {
    this.#row = row;
    this.#opener = opener;
    this.element.setAttribute("aria-label", row.notification.title);
    this.element.replaceChildren(...this.#items(row));
    this.element.showPopover();
    this.#place(opener.getBoundingClientRect());
    this.element.querySelector("[role=menuitem]").focus();
  }

  #items(row) {
    const { acts, list } = this.inbox;
    const items = [];
    if (list.readState !== "snoozed") {
      items.push(this.#item(row.read ? "unread" : "read", say(row.read ? "row.mark_unread" : "row.mark_read"), () => this.inbox.acts.toggleRead(row)));
    }
    if (list.readState !== "done") {
      if (list.readState === "snoozed") items.push(this.#item("undo", say("menu.wake"), () => acts.act("wake", [row])));
      for (const { name, ...time } of snoozeTimes()) {
        items.push(this.#item("snooze", say(`menu.${name}`), () => acts.act("snooze", [row], time, [name])));
      }
      items.push(this.#item("snooze", say("menu.until"), () => this.pick(row)));
    }
    items.push(this.#item("trash", say("menu.delete"), () => acts.act("delete", [row]), "danger"));
    return items;
  }

  #item(symbol, label, run, kind = "") {
    const onclick = () => {
      this.element.hidePopover();
      this.#opener.focus();
      run();
    };
    return build("button", { type: "button", role: "menuitem", tabIndex: -1, className: kind, onclick }, icon(symbol), build("span", {}, label));
  }

  #move(event) {
    const items = [...this.element.children];
    const place = items.indexOf(focused());
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Tab") this.element.hidePopover();
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length).focus();
  }

  /** Beside its button, and on the screen. */
  #place({ right, bottom, top }) {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const below = bottom + height + 8 < innerHeight;
    this.element.style.left = `${Math.max(8, right - width)}px`;
    this.element.style.top = `${Math.max(8, below ? bottom + 4 : top - height - 4)}px`;
  }
}
