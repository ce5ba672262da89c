import { build, focused } from "./dom.js";
import { ListLayout } from "./list-layout.js";
import { NotificationRow } from "./notification-row.js";
import { Swipe } from "./swipe.js";
import { inSentence, say } from "./words.js";

const FITS = { unread: (row) => !row.read, read: (row) => row.read, all: () => true, done: (row) => row.read, snoozed: () => true };

/** Frames in which a browser has laid out all that is around a row that was off the screen. */
const SETTLED_AFTER = 3;

/** The rows under one filter. `inbox` carries out the rows' actions; `inbox.settled()` is called when a row has changed. */
export class NotificationList {
  #rows = new Map();
  #newest = "";
  #labels = new Map();
  #projects = new Map();
  #adding = false;
  /** Whether rows moved since the list was last arranged; null if nothing changed. */
  #unsettled = null;
  element = build("ul", { className: "list", part: "list", "aria-label": say("inbox.list"), tabIndex: -1 });

  constructor(inbox) {
    this.inbox = inbox;
    this.layout = new ListLayout({ list: this, inbox, nameOf: (row) => this.#kind(row) });
    new Swipe(this.element, {
      at: (element) => (this.readState === "done" ? null : this.#at(element)),
      done: (it) => (it.rows ? it.act("done") : inbox.acts.act("done", [it])),
    });
  }

  nameTypes(types) {
    this.#labels = new Map(types.map(({ type, label }) => [type, label]));
  }

  nameProjects(projects) {
    this.#projects = new Map(projects.map(({ id, name }) => [id, name]));
    this.#arrange();
  }

  clear(readState) {
    this.readState = readState;
    this.#rows.clear();
    this.#newest = "";
    this.layout.clear();
    this.element.replaceChildren();
  }

  has(id) {
    return this.#rows.has(id);
  }

  get(id) {
    return this.#rows.get(id);
  }

  /** Bring a row to the top of the window: anew as long as rows around it take their real heights in place of the expected ones. */
  async bring(id) {
    for (let frame = 0; frame < SETTLED_AFTER; frame += 1) {
      this.#rows.get(id)?.element.scrollIntoView({ block: "start" });
      await new Promise(requestAnimationFrame);
    }
  }

  get size() {
    return this.#rows.size;
  }

  /** The rows that fit the filter, from the top; some may be tucked away under a fold. */
  get shown() {
    return [...this.element.children].map(({ dataset }) => this.#rows.get(dataset.id)).filter((row) => row?.shown);
  }

  /** What the keys step through: rows that are to be seen, and the heads of folds. */
  get stops() {
    return [...this.element.children].filter((each) => each.matches(".row:not([hidden]):not(.tucked), .fold"));
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
      if (row.gone) continue;
      if (there.has(id)) row.reading.settle(there.get(id).read_at !== null);
      else if (created <= oldest) continue;
      else if (this.readState === "all") this.forget(row);
      else row.reading.settle(this.readState === "unread");
    }
  }

  /** Hide a row that left the list or no longer fits the filter. Show it again when that is undone. */
  changed(row) {
    const hidden = row.gone !== null || !FITS[this.readState](row);
    if (hidden && row.shown && row.element.contains(focused())) this.#focusBeside(row);
    const moved = row.element.hidden !== hidden;
    row.element.hidden = hidden;
    if (row.element.isConnected && !this.#adding) this.#settle(moved);
  }

  forget(row) {
    if (row.element.contains(focused())) this.#focusBeside(row);
    row.element.remove();
    this.#rows.delete(row.notification.id);
    this.#settle(true);
  }

  focus(row) {
    const tucked = row.element.matches(".tucked");
    const head = tucked && this.stops.map((each) => this.layout.headOf(each)).find((each) => each?.rows.includes(row));
    if (head) head.button.focus();
    else row.element.querySelector("a, button").focus();
  }

  /** Move the cursor of the keys by so many stops; from the top if it is nowhere. */
  step(by) {
    const { stops } = this;
    const place = stops.findIndex((each) => each.contains(focused()));
    const to = place < 0 ? 0 : Math.min(Math.max(place + by, 0), stops.length - 1);
    stops[to]?.focus();
    stops[to]?.scrollIntoView({ block: "nearest" });
  }

  /** The row or the head of a fold that has the cursor. */
  get current() {
    const stop = this.stops.find((each) => each.contains(focused()));
    return stop && this.#at(stop);
  }

  #at(element) {
    return this.#rows.get(element.dataset.id) ?? this.layout.headOf(element);
  }

  #add(notifications, place) {
    const rows = notifications.filter(({ id }) => !this.#rows.has(id)).map((each) => this.#row(each));
    place(rows.map((row) => row.element));
    this.#arrange();
    return rows;
  }

  /** Once for all rows that an act changes, before anything is painted. */
  #settle(moved) {
    const waits = this.#unsettled !== null;
    this.#unsettled = moved || this.#unsettled === true;
    if (waits) return;
    queueMicrotask(() => {
      if (this.#unsettled) this.#arrange();
      this.#unsettled = null;
      this.inbox.settled();
    });
  }

  #arrange() {
    if (this.#adding) return;
    this.#adding = true; // what it does to rows is no change of theirs
    this.layout.arrange(this.shown);
    this.#adding = false;
  }

  #kind({ notification: { type, project_id: project } }) {
    const label = this.#labels.get(type) ?? type;
    const name = this.#projects.get(project);
    const kind = inSentence(label);
    return name ? say("inbox.kind_on", { kind, project: name }) : kind;
  }

  #row(notification) {
    const { id, type, created_at: created } = notification;
    const row = new NotificationRow(notification, {
      list: this,
      inbox: this.inbox,
      typeLabel: this.#labels.get(type) ?? type,
      readState: this.readState,
    });
    this.#rows.set(id, row);
    if (created > this.#newest) this.#newest = created;
    return row;
  }

  /** Focus the same control of the next stop, or of the previous one, so that keyboard users can go on. */
  #focusBeside(row) {
    const { stops } = this;
    const place = stops.indexOf(row.element);
    const other = stops[place + 1] ?? stops[place - 1];
    const control = [...(focused().classList ?? [])].find((name) => ["done", "toggle", "dots"].includes(name));
    if (!other) this.element.focus();
    else if (focused() === row.element) other.focus();
    else (other.querySelector(`.actions .${control}`) ?? other.querySelector("a, button")).focus();
  }
}
