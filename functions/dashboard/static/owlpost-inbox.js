import { Arrivals } from "./arrivals.js";
import { connection } from "./connection.js";
import { adopt, build, define } from "./dom.js";
import { EmbeddedElement } from "./embedded-element.js";
import { Feed } from "./feed.js";
import { HelpSheet } from "./help-sheet.js";
import { InboxActs } from "./inbox-acts.js";
import { InboxBar } from "./inbox-bar.js";
import { InboxKeys, shortcuts } from "./inbox-keys.js";
import { learnNames } from "./inbox-names.js";
import { InboxNote } from "./inbox-note.js";
import { InboxPlace } from "./inbox-place.js";
import { Messages } from "./messages.js";
import { NotificationList } from "./notification-list.js";
import { RowMenu } from "./row-menu.js";
import { SnoozeDialog } from "./snooze-times.js";
import { refreshTimes } from "./times.js";
import { unread } from "./unread.js";
import { counted, say } from "./words.js";

const MINUTE = 60_000;
const PAGE = 30;
/** On the way back to a place, pages are as large as the server gives them, up to so many rows. */
const [LARGEST, FARTHEST] = [200, 2_000];

/** The inbox as an element for any page: see docs/embed.md. */
export class OwlpostInbox extends EmbeddedElement {
  static observedAttributes = ["read-state", "type", "page-size"];
  #feed = null;
  #loading = false;
  #problem = null;
  #clock = null;
  #types = null;
  #chosenUnread = 0;
  #counted = 0;
  list = new NotificationList(this);
  acts = new InboxActs(this);
  menu = new RowMenu(this, (row) => this.#snooze.open(row));
  #snooze = new SnoozeDialog(this);
  #help = new HelpSheet();
  openHelp = () => this.#help.open();
  reload = () => this.#load();
  #keys = new InboxKeys(() => this.#help.on, shortcuts(this));
  #place = new InboxPlace({ top: () => this.#topmost(), back: () => this.#goBack() });
  #messages = new Messages();
  #note = new InboxNote(() => this.#extend());
  #arrivals = new Arrivals(() => this.#showArrivals());
  #news = build("p", { className: "hidden-text", role: "status" });
  #more = build("button", { type: "button", className: "button more", part: "more", onclick: () => this.#loadMore() }, say("inbox.more"));
  #hear = (event) => this.#countChanged(event.polled);
  /** The browser kept this page: what has changed meanwhile is asked for, and the list stays where it was. */
  #back = ({ persisted }) => persisted && this.#countChanged(true);

  /** Another person may have signed in. */
  #another = () => this.#feed && this.#begin();

  connectedCallback() {
    this.takeToken();
    if (!this.shadowRoot) this.#start();
    unread.addEventListener("change", this.#hear);
    unread.start();
    connection.addEventListener("change", this.#another);
    addEventListener("pageshow", this.#back);
    if (this.hasAttribute("shortcuts")) this.#keys.start();
    if (this.hasAttribute("in-address")) this.#place.start();
    this.#clock = setInterval(() => refreshTimes(this.list.element), MINUTE);
  }

  attributeChangedCallback() {
    if (this.#feed) this.#goBack();
  }

  disconnectedCallback() {
    unread.removeEventListener("change", this.#hear);
    connection.removeEventListener("change", this.#another);
    removeEventListener("pageshow", this.#back);
    this.#keys.stop();
    this.#place.stop();
    clearInterval(this.#clock);
  }

  async #start() {
    const root = this.attachShadow({ mode: "open" });
    this.bar = new InboxBar(this.#beginning(), {
      onfilter: (isTyped) => this.#filtered(isTyped),
      onmarkall: () => this.#markAll(),
      onundo: () => this.acts.undoLast(),
      onhelp: this.openHelp,
    });
    this.bar.help.hidden = !this.hasAttribute("shortcuts");
    await adopt(root, "owlpost-inbox.css");
    const framed = [this.bar, this.#arrivals, this.list, this.#note];
    const above = [this.menu, this.#snooze, this.#help, this.#messages];
    const frame = build("div", { className: "frame" }, this.#news, ...framed.map((part) => part.element), this.#more);
    root.append(frame, ...above.map((part) => part.element));
    await this.#begin();
  }

  #begin() {
    this.#types = learnNames(this.list, this.bar);
    return this.#load();
  }

  /** A link of the list is opened. Returns false if the page shows by itself what it leads to. */
  follows({ id, type, link }) {
    return this.tell("owlpost-follow", { id, type, link }, true);
  }

  #beginning() {
    const given = { readState: this.getAttribute("read-state") ?? "unread", type: this.getAttribute("type") ?? "" };
    return this.hasAttribute("in-address") ? { ...given, ...this.#place.filter } : given;
  }

  #filtered(isTyped) {
    if (this.hasAttribute("in-address")) this.#place.go(this.bar.filter, isTyped);
    return this.#load();
  }

  #goBack() {
    this.bar.choose(this.#beginning());
    return this.#load();
  }

  /** Load the first page under the current filter, and more if the address has a place further down. */
  async #load() {
    const at = this.hasAttribute("in-address") ? this.#place.row : "";
    const feed = new Feed(this.bar.filter, Number(this.getAttribute("page-size")) || PAGE);
    this.#feed = feed;
    this.list.clear(feed.filter.readState);
    this.#arrivals.clear();
    await this.#extend();
    while (at && feed === this.#feed && feed.hasMore && !this.#problem && !this.list.has(at) && this.list.size < FARTHEST) {
      await this.#extend(LARGEST);
    }
    if (at && feed === this.#feed) await this.list.bring(at);
  }

  async #extend(size) {
    const feed = this.#feed;
    this.#problem = null;
    this.#busy(true);
    let rows = [];
    try {
      await this.acts.atRest();
      const [page] = await Promise.all([feed.next(size), this.#types]);
      if (feed !== this.#feed) return rows;
      this.#count(page);
      unread.set(page.unread_count);
      rows = this.list.append(page.notifications);
    } catch (error) {
      if (feed !== this.#feed) return rows;
      this.#problem = error.message;
    }
    this.#busy(false);
    return rows;
  }

  /** The server counts what the list is narrowed to; our own changes since are differences of the whole count. */
  #count({ chosen_unread: chosen, unread_count: all }) {
    this.#chosenUnread = chosen;
    this.#counted = all;
  }

  #busy(loading) {
    this.#loading = loading;
    this.list.element.setAttribute("aria-busy", String(loading));
    this.#more.setAttribute("aria-disabled", String(loading));
    this.settled();
  }

  /** Update the controls. Called after each change of the visible rows. */
  settled() {
    if (!this.#feed) return;
    const { shown } = this.list;
    const { hasMore, filter } = this.#feed;
    this.#more.hidden = !hasMore || !shown.length || this.#problem !== null;
    const markable = ["unread", "all"].includes(filter.readState) && !filter.q && shown.some((row) => !row.read);
    this.bar.allowMarkAll(markable, Math.max(0, this.#chosenUnread + (unread.count ?? 0) - this.#counted));
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
    this.#news.textContent = counted("inbox.loaded", rows.length);
    this.list.focus(rows[0]);
  }

  said(...message) {
    this.#messages.say(...message);
  }

  failed(text) {
    this.#messages.warn(text);
  }

  undoable(next) {
    this.bar?.offerUndo(next);
  }

  /** Mark all rows that were shown. Rows that were committed later stay unread. */
  async #markAll() {
    const changed = this.list.shown.filter((row) => !row.read);
    const { readState, type, project, team } = this.#feed.filter;
    if (!changed.length || this.#loading || this.bar.markAll.ariaDisabled === "true") return;
    const given = Object.entries({ type, project_id: project, team_id: team }).filter(([, value]) => value);
    this.#busy(true);
    for (const row of changed) row.reading.foresee(true);
    try {
      await this.acts.markAll({ seen: this.#feed.seen, ...Object.fromEntries(given) });
      for (const row of changed) row.reading.settle(true);
      if (readState === "unread") await this.#load();
      else this.#busy(false);
    } catch (error) {
      for (const row of changed) row.reading.restore();
      this.#busy(false);
      this.failed(say("inbox.not_marked", { reason: error.message }));
    }
  }

  async #countChanged(polled) {
    const feed = this.#feed;
    if (!feed) return;
    if (!polled) return this.settled();
    if (!["unread", "all"].includes(feed.filter.readState)) return;
    try {
      const page = await this.#newest(feed);
      if (feed !== this.#feed) return;
      this.#count(page);
      const arrived = this.list.arrived(page.notifications);
      this.list.follow(page);
      this.#arrivals.wait(arrived);
      this.#news.textContent = this.#arrivals.text;
      if (!this.list.shown.length) this.#showArrivals();
    } catch {
      unread.untold();
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
    const rows = this.list.prepend(this.#arrivals.take());
    this.#feed.showNewest();
    this.settled();
    if (asked && rows.length) this.list.focus(rows[0]);
  }

  /** The id of the topmost row that is to be seen, "" at the top of the page. */
  #topmost() {
    const { shown } = this.list;
    // where a row that is brought to the top begins: below the page's own bar
    const top = shown.length ? Number.parseFloat(getComputedStyle(shown[0].element).scrollMarginBlockStart) : 0;
    if (scrollY < top) return "";
    const row = shown.find(({ element }) => element.getBoundingClientRect().bottom > top + 1);
    return row?.notification.id ?? "";
  }
}

define("owlpost-inbox", OwlpostInbox);
