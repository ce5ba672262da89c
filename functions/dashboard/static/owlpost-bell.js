import { connection, isElsewhere } from "./connection.js";
import { adopt, build, define } from "./dom.js";
import { EmbeddedElement } from "./embedded-element.js";
import { icon } from "./icons.js";
import { OwlpostInbox } from "./owlpost-inbox.js";
import { short, unread } from "./unread.js";
import { counted, say } from "./words.js";

const PASSED_ON = ["read-state", "type", "page-size"];
const EDGE = 8;
const ALL = "/dashboard/notifications";

/** A bell with the unread count, and the inbox below it, for the bar of any page: see docs/embed.md. */
class OwlpostBell extends EmbeddedElement {
  static observedAttributes = [...PASSED_ON, "href"];
  #hear = () => this.#show();
  #settle = () => this.#place();
  #told = null;

  connectedCallback() {
    this.takeToken();
    if (!this.shadowRoot) this.#build();
    unread.addEventListener("change", this.#hear);
    addEventListener("resize", this.#settle);
    unread.start();
    this.#show();
  }

  disconnectedCallback() {
    unread.removeEventListener("change", this.#hear);
    removeEventListener("resize", this.#settle);
  }

  attributeChangedCallback(name, _before, value) {
    if (!this.shadowRoot) return;
    if (name === "href") this.#link();
    else if (value === null) this.inbox?.removeAttribute(name);
    else this.inbox?.setAttribute(name, value);
  }

  async #build() {
    const root = this.attachShadow({ mode: "open" });
    this.badge = build("span", { className: "badge", part: "badge", hidden: true, "aria-hidden": "true" });
    this.button = build("button", { type: "button", className: "bell", part: "bell", "aria-expanded": "false" },
      build("slot", { name: "icon" }, icon("bell")), this.badge);
    this.popup = build("div", { id: "popup", className: "popup", part: "popup", popover: "auto", role: "dialog" });
    this.button.setAttribute("popovertarget", this.popup.id);
    this.all = build("a", { className: "link" }, say("bell.all"));
    this.footer = build("slot", { name: "footer", onslotchange: () => this.#link() }, this.all);
    this.popup.append(build("div", { className: "content" }), build("div", { className: "footer" }, this.footer));
    this.popup.setAttribute("aria-label", say("page.notifications"));
    this.popup.addEventListener("beforetoggle", ({ newState }) => newState === "open" && this.#fill());
    this.popup.addEventListener("toggle", ({ newState }) => this.#toggled(newState === "open"));
    this.#link();
    this.#show();
    await adopt(root, "owlpost-bell.css");
    root.append(this.button, this.popup);
  }

  /** The inbox is made when it is first asked for: a bell alone costs a page one request. */
  #fill() {
    if (this.inbox) return;
    this.inbox = build("owlpost-inbox", { compact: "" });
    this.inbox.getToken = connection.getToken; // it may be of another script of ours
    for (const name of PASSED_ON) if (this.hasAttribute(name)) this.inbox.setAttribute(name, this.getAttribute(name));
    this.popup.querySelector(".content").append(this.inbox);
  }

  #toggled(isOpen) {
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#place();
    this.tell(isOpen ? "owlpost-open" : "owlpost-close");
  }

  /** Below the bell, within the window. */
  #place() {
    if (!this.popup?.matches(":popover-open")) return;
    const bell = this.button.getBoundingClientRect();
    const { width } = this.popup.getBoundingClientRect();
    const most = document.documentElement.clientWidth - width - EDGE;
    this.popup.style.insetInlineStart = "auto";
    this.popup.style.left = `${Math.max(EDGE, Math.min(bell.right - width, most))}px`;
    this.popup.style.top = `${bell.bottom + EDGE}px`;
  }

  /** At another origin our own pages ask for a sign-in of their own. */
  #link() {
    const href = this.getAttribute("href") ?? (isElsewhere ? "" : ALL);
    this.all.hidden = href === "";
    this.all.href = href;
    this.footer.parentElement.hidden = href === "" && !this.footer.assignedElements().length;
  }

  #show() {
    const count = unread.count ?? 0;
    this.badge.hidden = count === 0;
    this.badge.textContent = short(count);
    this.button.setAttribute("aria-label", count ? counted("bell.unread", count) : say("page.notifications"));
    if (count !== this.#told) this.tell("owlpost-count", { count });
    this.#told = count;
  }
}

define("owlpost-inbox", OwlpostInbox);
define("owlpost-bell", OwlpostBell);
