import { call } from "./api.js";
import { Arrivals } from "./arrivals.js";
import { adopt, build } from "./dom.js";
import { Feed } from "./feed.js";
import { InboxBar } from "./inbox-bar.js";
import { InboxNote } from "./inbox-note.js";
import { me } from "./me.js";
import { Messages } from "./messages.js";
import { NotificationList } from "./notification-list.js";
import { refreshTimes } from "./times.js";
import { unread } from "./unread.js";

const MINUTE = 60_000;
const PAGE = 30;

/** The inbox as an element for any page of this origin: see docs/embed.md. */
class OwlpostInbox extends HTMLElement {
  #feed = null;
  #loading = false;
  #problem = null;
  #clock = null;
  #types = null;
  #list = new NotificationList(this);
  #messages = new Messages();
  #note = new InboxNote(() => this.#extend());
  #arrivals = new Arrivals(() => this.#showArrivals());
  #news = build("p", { className: "hidden-text", role: "status" });
  #more = build("button", { type: "button", className: "button more", onclick: () => this.#loadMore() }, "Load more");
  #hear = (event) => this.#countChanged(event.polled);

  connectedCallback() {
    if (!this.shadowRoot) this.#start();
    unread.addEventListener("change", this.#hear);
    unread.start();
    this.#clock = setInterval(() => refreshTimes(this.#list.element), MINUTE);
  }

  disconnectedCallback() {
    unread.removeEventListener("change", this.#hear);
    clearInterval(this.#clock);
  }

  async #start() {
    const root = this.attachShadow({ mode: "open" });
    const filter = { readState: this.getAttribute("read-state") ?? "unread", type: this.getAttribute("type") ?? "" };
    this.bar = new InboxBar(filter, { onfilter: () => this.#load(), onmarkall: () => this.#markAll() });
    await adopt(root, "tokens.css", "controls.css", "inbox.css");
    root.append(
      this.bar.element,
      this.#news,
      this.#arrivals.element,
      this.#list.element,
      this.#note.element,
      this.#more,
      this.#messages.element,
    );
    this.#types = this.#learnTypes();
    await this.#load();
  }

  async #learnTypes() {
    try {
      const { notification_types: types } = await me();
      this.#list.nameTypes(types);
      this.bar.listTypes(types);
    } catch {
      // the list shows the types' keys instead of their names, and its own requests report what is wrong
    }
  }

  /** Load the first page under the current filter. Responses to earlier requests are ignored from now on. */
  #load() {
    this.#feed = new Feed(this.bar.filter, Number(this.getAttribute("page-size")) || PAGE);
    this.#list.clear(this.#feed.filter.readState);
    this.#arrivals.clear();
    return this.#extend();
  }

  async #extend() {
    const feed = this.#feed;
    this.#problem = null;
    this.#busy(true);
    let rows = [];
    try {
      const [page] = await Promise.all([feed.next(), this.#types]);
      if (feed !== this.#feed) return rows;
      unread.set(page.unread_count);
      rows = this.#list.append(page.notifications);
    } catch (error) {
      if (feed !== this.#feed) return rows;
      this.#problem = error.message;
    }
    this.#busy(false);
    return rows;
  }

  #busy(loading) {
    this.#loading = loading;
    this.#list.element.setAttribute("aria-busy", String(loading));
    this.#more.setAttribute("aria-disabled", String(loading));
    this.settled();
  }

  /** Update the controls. Called after each change of the visible rows. */
  settled() {
    if (!this.#feed) return;
    const { shown } = this.#list;
    const { hasMore, filter } = this.#feed;
    this.#more.hidden = !hasMore || !shown.length || this.#problem !== null;
    this.bar.allowMarkAll(shown.some((row) => !row.read));
    if (this.#loading) this.#note.loading(!shown.length);
    else if (this.#problem !== null) this.#note.broken(this.#problem);
    else if (shown.length) this.#note.clear();
    else if (hasMore) this.#extend();
    else this.#note.empty(filter);
  }

  async #loadMore() {
    if (this.#loading) return;
    const rows = await this.#extend();
    if (!rows.length) return;
    this.#news.textContent = `${rows.length} more loaded`;
    this.#list.focus(rows[0]);
  }

  /** Mark a row as read or unread. If the row leaves the list, the message offers to undo it. */
  toggleRead(row) {
    const read = !row.read;
    row.reading.want(read);
    if (row.shown) return;
    const undo = { label: "Undo", run: () => row.reading.want(!read) };
    this.#messages.say(read ? "Marked as read." : "Marked as unread.", undo);
  }

  remove(row) {
    row.remove();
    this.#messages.say("Deleted.");
  }

  failed(text) {
    this.#messages.warn(text);
  }

  /** Mark all rows that were shown. Rows that were committed later stay unread. */
  async #markAll() {
    const { shown } = this.#list;
    const changed = shown.filter((row) => !row.read);
    if (!changed.length || this.#loading) return;
    const { type, readState } = this.#feed.filter;
    const body = { seen: this.#feed.seen, ...(type ? { type } : {}) };
    this.#busy(true);
    for (const row of changed) row.reading.foresee(true);
    try {
      const answer = await call("POST", "/v1/notifications/mark-all-read", body);
      for (const row of changed) row.reading.settle(true);
      unread.set(answer.unread_count);
      this.#messages.say(`${answer.marked} marked as read.`);
      if (readState === "unread") await this.#load();
      else this.#busy(false);
    } catch (error) {
      for (const row of changed) row.reading.restore();
      this.#busy(false);
      this.failed(`Nothing was marked as read. ${error.message}`);
    }
  }

  async #countChanged(polled) {
    const feed = this.#feed;
    if (!polled || !feed || feed.filter.readState === "read") return;
    try {
      const page = await this.#newest(feed);
      if (feed !== this.#feed) return;
      const arrived = this.#list.arrived(page.notifications);
      this.#list.follow(page);
      this.#arrivals.wait(arrived);
      this.#news.textContent = this.#arrivals.text;
      if (!this.#list.shown.length) this.#showArrivals();
    } catch {
      // the next poll asks again
    }
  }

  /** Returns a newest page that includes our own changes: one that was requested before them is requested again. */
  async #newest(feed) {
    for (;;) {
      const { said } = unread;
      const page = await feed.newest();
      if (said === unread.said) return page;
    }
  }

  #showArrivals() {
    const asked = this.#arrivals.hasFocus;
    const rows = this.#list.prepend(this.#arrivals.take());
    this.#feed.showNewest();
    this.settled();
    if (asked && rows.length) this.#list.focus(rows[0]);
  }
}

customElements.define("owlpost-inbox", OwlpostInbox);
