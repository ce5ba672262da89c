import { call } from "./api.js";
import { build, ghosts } from "./dom.js";
import { Messages } from "./messages.js";
import { signedOut } from "./session.js";

/** The sessions of the account: the person sees where they are signed in, and ends one session or all. */
class OwlpostSessions extends HTMLElement {
  #messages = new Messages();

  async connectedCallback() {
    if (this.list) return;
    this.list = build("ul", { className: "cards", "aria-busy": "true" }, ...ghosts(2));
    const all = build("button", { type: "button", className: "button", onclick: () => this.#endAll() }, "End all sessions");
    this.append(this.list, all, this.#messages.element);
    try {
      const { sessions } = await call("GET", "/v1/auth/sessions");
      this.list.replaceChildren(...sessions.map((session) => this.#row(session)));
    } catch (error) {
      this.#messages.warn(error.message);
    }
    this.list.setAttribute("aria-busy", "false");
  }

  #row({ id, device, is_current: isCurrent, last_used_at: lastUsedAt }) {
    const name = device || "Unknown device";
    const used = isCurrent ? "This device" : `Last used ${new Date(lastUsedAt).toLocaleString()}`;
    const end = build("button", { type: "button", className: "button", "aria-label": `End the session of ${name}` }, "End");
    const row = build(
      "li",
      { className: "card" },
      build("div", { className: "words" }, build("h2", {}, name), build("p", {}, used)),
      isCurrent ? null : end,
    );
    end.addEventListener("click", () => this.#end(id, row));
    return row;
  }

  async #end(id, row) {
    try {
      await call("DELETE", `/v1/auth/sessions/${id}`);
      row.remove();
    } catch (error) {
      this.#messages.warn(error.message);
    }
  }

  async #endAll() {
    try {
      await call("DELETE", "/v1/auth/sessions");
      signedOut();
    } catch (error) {
      this.#messages.warn(error.message);
    }
  }
}

customElements.define("owlpost-sessions", OwlpostSessions);
