import { call } from "./api.js";
import { build, ghosts } from "./dom.js";
import { Messages } from "./messages.js";
import { signedOut } from "./session.js";
import { dateTime, say } from "./words.js";

/** The sessions of the account: the person sees where they are signed in, and ends one session, all others, or all. */
class OwlpostSessions extends HTMLElement {
  #messages = new Messages();

  async connectedCallback() {
    if (this.list) return;
    this.list = build("ul", { className: "cards", "aria-label": say("page.sessions"), "aria-busy": "true" }, ...ghosts(2));
    this.others = this.#button(say("sessions.end_others"), () => this.#endOthers());
    const all = this.#button(say("sessions.end_all"), () => this.#endAll());
    this.replaceChildren(this.list, build("div", { className: "choices" }, this.others, all), this.#messages.element);
    await this.#attempt(async () => {
      const { sessions } = await call("GET", "/v1/auth/sessions");
      this.list.replaceChildren(...sessions.map((session) => this.#row(session)));
      this.#offerOthers();
    });
    this.list.setAttribute("aria-busy", "false");
  }

  #row({ id, device, is_current: isCurrent, last_used_at: lastUsedAt }) {
    const name = device || say("sessions.unknown");
    const used = isCurrent ? say("sessions.this") : say("sessions.last_used", { time: dateTime(new Date(lastUsedAt)) });
    const words = build("div", { className: "words" }, build("h2", {}, name), build("p", {}, used));
    const row = build("li", { className: "card" }, words);
    if (isCurrent) return row;
    row.classList.add("other");
    row.append(this.#button(say("sessions.end"), () => this.#end(id, row), say("sessions.end_of", { device: name })));
    return row;
  }

  #button(text, onclick, label) {
    return build("button", { type: "button", className: "button", onclick, ...(label && { "aria-label": label }) }, text);
  }

  #end(id, row) {
    return this.#attempt(async () => {
      await call("DELETE", `/v1/auth/sessions/${id}`);
      const next = row.nextElementSibling?.querySelector("button") ?? row.previousElementSibling?.querySelector("button");
      row.remove();
      this.#offerOthers();
      this.#said(say("sessions.ended"), next);
    });
  }

  #endOthers() {
    return this.#attempt(async () => {
      await call("DELETE", "/v1/auth/sessions?keep=current");
      for (const row of this.list.querySelectorAll(".other")) row.remove();
      this.#offerOthers();
      this.#said(say("sessions.others_ended"));
    });
  }

  #endAll() {
    return this.#attempt(async () => {
      await call("DELETE", "/v1/auth/sessions");
      signedOut();
    });
  }

  /** The button stands only while there are other sessions. */
  #offerOthers() {
    this.others.hidden = !this.list.querySelector(".other");
  }

  /** Say it, and put the focus where it is not lost: on the next button, or on the list. */
  #said(text, next) {
    this.#messages.say(text);
    if (!next) this.list.tabIndex = -1;
    (next ?? this.list).focus();
  }

  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.#messages.warn(error.message);
    }
  }
}

customElements.define("owlpost-sessions", OwlpostSessions);
