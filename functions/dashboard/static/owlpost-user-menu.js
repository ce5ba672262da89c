import { call } from "./api.js";
import { build } from "./dom.js";
import { me } from "./me.js";
import { LOGIN, leaveIfSignedOut, noteSignedIn, noteSignedOut } from "./session.js";
import { badgeOfApp, showCount } from "./signs.js";
import { forget, sayAgain } from "./this-browser.js";
import { short, unread } from "./unread.js";
import { say } from "./words.js";

const LINKS = [
  ["/dashboard/notifications", say("page.notifications")],
  ["/dashboard/profile/notifications", say("page.preferences")],
  ["/dashboard/profile/sessions", say("page.sessions")],
];
const DESTINATIONS = "/dashboard/profile/destinations";

/** The avatar with the unread badge, and a menu with the person's name and Sign out. */
class OwlpostUserMenu extends HTMLElement {
  #count = () => this.#show();

  connectedCallback() {
    if (!this.avatar) this.#build();
    unread.addEventListener("change", this.#count);
    unread.start();
    leaveIfSignedOut();
    this.#show();
    sayAgain().catch(() => {}); // the next visit says it again
  }

  disconnectedCallback() {
    unread.removeEventListener("change", this.#count);
  }

  async #build() {
    this.initials = build("span", { className: "initials", "aria-hidden": "true" });
    this.badge = build("span", { className: "badge", hidden: true, "aria-hidden": "true" });
    this.menu = build("div", { className: "menu", id: "user-menu", popover: "auto" });
    this.avatar = build("button", { type: "button", className: "avatar" }, this.initials, this.badge);
    this.avatar.setAttribute("popovertarget", this.menu.id);
    this.name = build("strong");
    this.email = build("span");
    this.problem = build("p", { className: "problem", role: "alert" });
    const links = LINKS.map(([href, label]) => build("a", { href }, label));
    const out = build("button", { type: "button", onclick: () => this.#signOut() }, say("account.sign_out"));
    this.menu.append(build("p", { className: "who" }, this.name, this.email), ...links, out, this.problem);
    this.reached = build("a", { href: DESTINATIONS, hidden: true }, say("page.destinations"));
    links.at(-1).before(this.reached);
    this.menu.addEventListener("toggle", () => this.#offerDestinations(), { once: true });
    this.waking = build("div", { role: "status" });
    this.append(this.avatar, this.menu);
    // not in the bar, which would be what its place is measured from
    document.getElementById("main").append(build("div", { className: "messages" }, this.waking));
    document.addEventListener("owlpost-waking", ({ detail }) => this.#sayWaking(detail));
    try {
      const { user } = await me();
      this.name.textContent = user.name;
      this.email.textContent = user.email;
      this.initials.textContent = initials(user.name);
      this.#show();
    } catch {
      // without a name the menu still works
    }
  }

  /** Asked when the menu is opened for the first time: most installations connect nothing. */
  async #offerDestinations() {
    try {
      const { channels } = await call("GET", "/v1/channels");
      this.reached.hidden = channels.length === 0;
    } catch {
      // the page is reached by its address
    }
  }

  #show() {
    const { count } = unread;
    const some = count > 0;
    this.badge.hidden = !some;
    this.badge.textContent = some ? short(count) : "";
    const name = this.name.textContent;
    const label = name ? say("account.label_of", { name }) : say("account.label");
    this.avatar.setAttribute("aria-label", some ? say("account.unread", { label, count: short(count) }) : label);
    showCount(count);
  }

  /** A sleeping database takes some seconds, in which the page would seem to hang. */
  #sayWaking(isWaking) {
    this.waking.replaceChildren(...(isWaking ? [build("p", { className: "message" }, say("account.waking"))] : []));
  }

  async #signOut() {
    this.problem.textContent = "";
    try {
      await forget().catch(() => {}); // the server forgets this browser in any case
      await call("POST", "/v1/auth/logout");
      noteSignedIn(false);
      noteSignedOut();
      badgeOfApp(0);
      location.assign(LOGIN);
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase();
}

customElements.define("owlpost-user-menu", OwlpostUserMenu);
