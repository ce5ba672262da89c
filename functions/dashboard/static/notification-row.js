import { call } from "./api.js";
import { build } from "./dom.js";
import { icon } from "./icons.js";
import { followable } from "./links.js";
import { Saver } from "./saver.js";
import { timeElement } from "./times.js";
import { unread } from "./unread.js";

/** A body with more characters or more lines than this is folded. */
const LONG = 260;
const LINES = 4;

/**
 * One notification of the list. A change shows at once and is saved afterwards. Calls `list.changed(row)` after each visible
 * change, `list.forget(row)` when the row was deleted, the methods of `inbox` for its buttons, and `inbox.failed(message)`
 * when a change could not be saved and was undone.
 */
export class NotificationRow {
  deleted = false;

  constructor(notification, { list, inbox, typeLabel }) {
    this.notification = notification;
    this.list = list;
    this.inbox = inbox;
    this.path = `/v1/notifications/${notification.id}`;
    this.reading = new Saver(notification.read_at !== null, {
      save: (read) => this.#saveRead(read),
      show: () => this.#paint(),
      failed: (error) => inbox.failed(`This could not be saved, so it is as it was. ${error.message}`),
    });
    this.element = this.#build(typeLabel);
    this.#paint();
  }

  get read() {
    return this.reading.value;
  }

  get shown() {
    return this.element.isConnected && !this.element.hidden;
  }

  remove() {
    this.deleted = true;
    this.#paint();
    this.#delete();
  }

  /** The link was opened: the request has to outlive this page. */
  opened() {
    this.leaving = true;
    this.reading.want(true);
  }

  async #saveRead(read) {
    const answer = await call("PATCH", this.path, { read }, { keepalive: this.leaving });
    unread.set(answer.unread_count);
  }

  async #delete() {
    try {
      const answer = await call("DELETE", this.path);
      unread.set(answer.unread_count);
      this.list.forget(this);
    } catch (error) {
      if (error.status === 404) return this.list.forget(this); // it was already deleted elsewhere
      this.deleted = false;
      this.#paint();
      this.inbox.failed(`“${this.notification.title}” could not be deleted, so it is back. ${error.message}`);
    }
  }

  #build(typeLabel) {
    const { type, title, body, link, created_at: created } = this.notification;
    const titleId = `title-${this.notification.id}`;
    this.toggle = build("button", { type: "button", className: "quiet", onclick: () => this.inbox.toggleRead(this) });
    this.state = build("span", { className: "hidden-text" });
    const bin = build(
      "button",
      { type: "button", className: "quiet danger", title: "Delete", onclick: () => this.inbox.remove(this) },
      icon("trash"),
    );
    bin.setAttribute("aria-label", `Delete: ${title}`);
    return build(
      "li",
      { className: "row", "data-id": this.notification.id },
      build("span", { className: "tile" }, icon(type)),
      build(
        "article",
        { "aria-labelledby": titleId },
        build("h3", { id: titleId }, this.state, this.#title(title, link)),
        ...(body ? this.#body(body) : []),
        build("p", { className: "meta" }, build("span", {}, typeLabel), timeElement(created)),
      ),
      build("div", { className: "actions" }, this.toggle, bin),
    );
  }

  #title(title, link) {
    const href = followable(link);
    if (!href) return build("span", {}, title);
    const anchor = build("a", { href, rel: "noopener", onclick: () => this.opened() }, title);
    anchor.addEventListener("auxclick", (event) => event.button === 1 && this.opened());
    return anchor;
  }

  #body(body) {
    const text = build("p", { className: "body" }, body);
    if (body.length <= LONG && body.split("\n").length <= LINES) return [text];
    text.classList.add("folded");
    const more = build("button", { type: "button", className: "link", "aria-expanded": "false" }, "Show more");
    more.addEventListener("click", async () => {
      if (!(await this.#completeBody(text))) return;
      const folded = text.classList.toggle("folded");
      more.textContent = folded ? "Show more" : "Show less";
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
      this.inbox.failed(`The rest of this text could not be loaded. ${error.message}`);
      return false;
    }
  }

  #paint() {
    if (!this.element) return;
    const act = this.read ? "Mark as unread" : "Mark as read";
    this.element.classList.toggle("unread", !this.read);
    this.state.textContent = this.read ? "" : "Unread: ";
    this.toggle.replaceChildren(icon(this.read ? "unread" : "read"));
    this.toggle.title = act;
    this.toggle.setAttribute("aria-label", `${act}: ${this.notification.title}`);
    this.list.changed(this);
  }
}
