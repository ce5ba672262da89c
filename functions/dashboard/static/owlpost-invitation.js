import { call } from "./api.js";
import { build } from "./dom.js";
import { me } from "./me.js";
import { HOME, loginFrom, noteSignedIn } from "./session.js";

/** The page that an invitation mail links to: shows the offer, and accepts it on click. */
class OwlpostInvitation extends HTMLElement {
  #token = new URLSearchParams(location.search).get("token") ?? "";

  async connectedCallback() {
    this.problem = build("p", { className: "problem", role: "alert" });
    this.card = build("div", { className: "offer" });
    this.replaceChildren(this.card, this.problem);
    try {
      const offer = await call("GET", `/v1/invites/${encodeURIComponent(this.#token)}`);
      const { user } = await me();
      this.#offer(offer, user.email);
    } catch (error) {
      this.problem.textContent = error.message;
      this.card.replaceChildren(home());
    }
  }

  #offer({ team_name: team, invited_by_name: inviter, role, email }, mine) {
    const text = `${inviter ?? "Somebody"} invites ${email} to join as ${role}.`;
    const other = mine.toLowerCase() !== email.toLowerCase();
    const act = other
      ? build("button", { type: "button", className: "button primary", onclick: () => this.#trying(switchAccount) }, `Sign in as ${email}`)
      : build("button", { type: "button", className: "button primary", onclick: () => this.#trying(() => this.#accept()) }, `Join ${team}`);
    const signedInAs = other ? build("p", {}, "You are signed in as ", build("strong", {}, mine), ".") : null;
    this.card.replaceChildren(...[build("h2", {}, team), build("p", {}, text), signedInAs, act].filter(Boolean));
  }

  async #accept() {
    const { team_name: team } = await call("POST", "/v1/invites/accept", { token: this.#token });
    const done = build("h2", { tabIndex: -1 }, `You are in ${team}`);
    this.card.replaceChildren(done, home());
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

/** Sign out, and back to this invitation by the login, which proposes the invited address. */
async function switchAccount() {
  await call("POST", "/v1/auth/logout");
  noteSignedIn(false);
  location.replace(loginFrom(location.pathname + location.search));
}

function home() {
  return build("p", {}, build("a", { href: HOME }, "Go to your notifications"));
}

customElements.define("owlpost-invitation", OwlpostInvitation);
