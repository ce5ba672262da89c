import { call } from "./api.js";
import { build } from "./dom.js";
import { icon } from "./icons.js";
import { followable } from "./links.js";
import { Saver } from "./saver.js";
import { timeElement } from "./times.js";
import { unread } from "./unread.js";
import { say } from "./words.js";

/** A body with more characters or more lines than this is folded. */
const LONG = 260;
const LINES = 4;

/**
 * One notification of the list. A change shows at once and is saved afterwards. Calls `list.changed(row)` after each visible
 * change, the methods of `inbox` for its buttons, and `inbox.failed(message)` when a change could not be saved and was undone.
 */
export class NotificationRow {
  /** The act by which the row leaves this list, null while it is in it. */
  gone = null;

  constructor(notification, { list, inbox, typeLabel, readState }) {
    this.notification = notification;
    this.list = list;
    this.inbox = inbox;
    this.path = `/v1/notifications/${notification.id}`;
    this.reading = new Saver(notification.read_at !== null, {
      save: (read) => this.#saveRead(read),
      show: () => this.#paint(),
      failed: (error) => inbox.failed(say("row.not_saved", { reason: error.message })),
    });
    this.element = this.#build(typeLabel, readState);
    this.#paint();
  }

  get read() {
    return this.reading.value;
  }

  get shown() {
    return this.element.isConnected && !this.element.hidden;
  }

  /** When it stands where it stands in the list. */
  get moment() {
    return new Date(this.notification.done_at ?? this.notification.created_at);
  }

  /** Show what an act is about to do. `settle` or `restore` follows. */
  foresee(verb) {
    if (verb === "read") return this.reading.foresee(true);
    this.gone = verb;
    this.#paint();
  }

  /** The act was carried out on the rows with these ids. */
  settle(verb, ids) {
    if (verb === "read") this.reading.settle(true);
    else if (!ids.has(this.notification.id)) this.list.forget(this); // it left the list elsewhere
  }

  /** Show it as it was before the act. */
  restore() {
    if (this.gone) {
      this.gone = null;
      this.#paint();
    } else this.reading.settle(false);
  }

  /** The link was opened: the request has to outlive this page, unless the page stays and shows by itself what it leads to. */
  opened(event) {
    this.leaving = true;
    this.reading.want(true);
    const here = event.type === "click" && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (here && !this.inbox.follows(this.notification)) event.preventDefault();
  }

  async #saveRead(read) {
    const answer = await call("PATCH", this.path, { read }, { keepalive: this.leaving });
    unread.set(answer.unread_count);
  }

  #build(typeLabel, readState) {
    const { type, title, body, link, created_at: created, snoozed_from: from } = this.notification;
    const titleId = `title-${this.notification.id}`;
    this.toggle = build("button", { type: "button", className: "quiet toggle", onclick: () => this.inbox.acts.toggleRead(this) });
    this.state = build("span", { className: "hidden-text" });
    const done = this.#button("done", say("row.done"), () => this.inbox.acts.act("done", [this]));
    done.hidden = readState === "done";
    this.toggle.hidden = readState === "snoozed";
    this.menu = this.#button("dots", say("row.more"), () => this.inbox.menu.open(this, this.menu));
    this.menu.setAttribute("aria-haspopup", "menu");
    const waits = readState === "snoozed";
    return build(
      "li",
      { className: "row", part: "row", "data-id": this.notification.id, tabIndex: -1, "aria-labelledby": titleId },
      build("span", { className: "tile" }, icon(type)),
      build(
        "article",
        { "aria-labelledby": titleId },
        build("h3", { id: titleId }, this.state, this.#title(title, link)),
        ...(body ? this.#body(body) : []),
        build(
          "p",
          { className: "meta" },
          build("span", {}, typeLabel),
          waits ? build("span", { className: "hidden-text" }, say("row.comes_back")) : null,
          timeElement(waits ? created : (from ?? created)),
          from && !waits ? build("span", { className: "back" }, say("row.from_snooze")) : null,
        ),
      ),
      build("div", { className: "actions" }, done, this.toggle, this.menu),
    );
  }

  #button(name, label, onclick) {
    const button = build("button", { type: "button", className: `quiet ${name}`, title: label, onclick }, icon(name));
    button.setAttribute("aria-label", say("row.named", { act: label, title: this.notification.title }));
    return button;
  }

  #title(title, link) {
    const href = followable(link);
    if (!href) return build("span", { className: "title", dir: "auto" }, title);
    const anchor = build("a", { className: "title", dir: "auto", href, rel: "noopener", onclick: (event) => this.opened(event) }, title);
    anchor.addEventListener("auxclick", (event) => event.button === 1 && this.opened(event));
    return anchor;
  }

  #body(body) {
    const text = build("p", { className: "body", dir: "auto" }, body);
    if (body.length <= LONG && body.split("\n").length <= LINES) return [text];
    text.classList.add("folded");
    const more = build("button", { type: "button", className: "link", "aria-expanded": "false" }, say("row.show_more"));
    more.addEventListener("click", async () => {
      if (!(await this.#completeBody(text))) return;
      const folded = text.classList.toggle("folded");
      more.textContent = say(folded ? "row.show_more" : "row.show_less");
      more.setAttribute("aria-expanded", String(!folded));
    });
    return [text, more];
  }

  /** A list gives only the beginning of a long body. Returns whether `text` now has all of it. */
  async #completeBody(text) {
    if (!this.notification.isExcerpt) return true;
    try {
      const { notification } = await call("GET", this.path);
      text.textContent = notification.body;
      this.notification.isExcerpt = false;
      return true;
    } catch (error) {
      this.inbox.failed(say("row.not_loaded", { reason: error.message }));
      return false;
    }
  }

  #paint() {
    if (!this.element) return;
    const act = say(this.read ? "row.mark_unread" : "row.mark_read");
    this.element.classList.toggle("unread", !this.read);
    this.state.textContent = this.read ? "" : `${say("row.unread")} `;
    this.toggle.replaceChildren(icon(this.read ? "unread" : "read"));
    this.toggle.title = act;
    this.toggle.setAttribute("aria-label", say("row.named", { act, title: this.notification.title }));
    this.list.changed(this);
  }
}
