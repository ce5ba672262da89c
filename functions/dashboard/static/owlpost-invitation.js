import { call } from "./api.js";
import { build } from "./dom.js";
import { HOME } from "./session.js";

/** The page that an invitation mail links to: shows the offer, and accepts it on click. */
class OwlpostInvitation extends HTMLElement {
  #token = new URLSearchParams(location.search).get("token") ?? "";

  async connectedCallback() {
    this.problem = build("p", { className: "problem", role: "alert" });
    this.card = build("div", { className: "offer" });
    this.replaceChildren(this.card, this.problem);
    await this.#trying(async () => this.#offer(await call("GET", `/v1/invites/${encodeURIComponent(this.#token)}`)));
  }

  #offer({ team_name: team, invited_by_name: inviter, role, email }) {
    const text = `${inviter ?? "Somebody"} invites ${email} to join as ${role}.`;
    const accept = build("button", { type: "button", className: "button primary" }, `Join ${team}`);
    accept.addEventListener("click", () => this.#trying(() => this.#accept()));
    this.card.replaceChildren(build("h2", {}, team), build("p", {}, text), accept);
  }

  async #accept() {
    const { team_name: team } = await call("POST", "/v1/invites/accept", { token: this.#token });
    const done = build("h2", { tabIndex: -1 }, `You are in ${team}`);
    this.card.replaceChildren(done, build("p", {}, build("a", { href: HOME }, "Go to your notifications")));
    done.focus();
  }

  async #trying(step) {
    this.problem.textContent = "";
    try {
      await step();
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }
}

customElements.define("owlpost-invitation", OwlpostInvitation);
