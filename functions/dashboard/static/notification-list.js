import { build, focused } from "./dom.js";
import { NotificationRow } from "./notification-row.js";

const FITS = { unread: (row) => !row.read, read: (row) => row.read, all: () => true };

/** The rows under one filter. `inbox` carries out the rows' actions; `inbox.settled()` is called when a row has changed. */
export class NotificationList {
  #rows = new Map();
  #newest = "";
  #labels = new Map();
  element = build("ul", { className: "list", "aria-label": "Notifications", tabIndex: -1 });

  constructor(inbox) {
    this.inbox = inbox;
  }

  nameTypes(types) {
    this.#labels = new Map(types.map(({ type, label }) => [type, label]));
  }

  clear(readState) {
    this.readState = readState;
    this.#rows.clear();
    this.#newest = "";
    this.element.replaceChildren();
  }

  /** The visible rows, from the top. */
  get shown() {
    return [...this.element.children].map(({ dataset }) => this.#rows.get(dataset.id)).filter((row) => row?.shown);
  }

  append(notifications) {
    return this.#add(notifications, (elements) => this.element.append(...elements));
  }

  prepend(notifications) {
    return this.#add(notifications, (elements) => this.element.prepend(...elements));
  }

  /** Returns the notifications of the newest page that are newer than all that this list ever had. */
  arrived(notifications) {
    return notifications.filter(({ id, created_at: created }) => created >= this.#newest && !this.#rows.has(id));
  }

  /** Apply what was read or deleted elsewhere: a row as new as the newest page that is not on it has left the filter. */
  follow({ notifications, has_more: hasMore }) {
    const there = new Map(notifications.map((each) => [each.id, each]));
    const oldest = hasMore ? notifications.at(-1).created_at : "";
    for (const row of [...this.#rows.values()]) {
      const { id, created_at: created } = row.notification;
      if (there.has(id)) row.reading.settle(there.get(id).read_at !== null);
      else if (created <= oldest) continue;
      else if (this.readState === "all") this.forget(row);
      else row.reading.settle(this.readState === "unread");
    }
  }

  /** Hide a row that was deleted or no longer fits the filter. Show it again when that is undone. */
  changed(row) {
    const hidden = row.deleted || !FITS[this.readState](row);
    if (hidden && row.shown && row.element.contains(focused())) this.#focusBeside(row);
    row.element.hidden = hidden;
    if (row.element.isConnected) this.inbox.settled();
  }

  forget(row) {
    row.element.remove();
    this.#rows.delete(row.notification.id);
    this.inbox.settled();
  }

  focus(row) {
    row.element.querySelector("a, button").focus();
  }

  #add(notifications, place) {
    const rows = notifications.filter(({ id }) => !this.#rows.has(id)).map((each) => this.#row(each));
    place(rows.map((row) => row.element));
    return rows;
  }

  #row(notification) {
    const { id, type, created_at: created } = notification;
    const row = new NotificationRow(notification, {
      list: this,
      inbox: this.inbox,
      typeLabel: this.#labels.get(type) ?? type,
    });
    this.#rows.set(id, row);
    if (created > this.#newest) this.#newest = created;
    return row;
  }

  /** Focus the same button of the next row, or of the previous one, so that keyboard users can go on. */
  #focusBeside(row) {
    const shown = this.shown;
    const place = shown.indexOf(row);
    const other = shown[place + 1] ?? shown[place - 1];
    const kind = [...row.element.querySelectorAll(".actions button")].indexOf(focused());
    if (!other) this.element.focus();
    else if (kind < 0) this.focus(other);
    else other.element.querySelectorAll(".actions button")[kind].focus();
  }
}
