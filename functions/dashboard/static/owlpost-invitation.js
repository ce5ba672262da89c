import { call } from "./api.js";
import { build } from "./dom.js";
import { me } from "./me.js";
import { HOME, loginFrom, noteSignedIn } from "./session.js";
import { pieces, say } from "./words.js";

/** The page that an invitation mail links to: shows the offer, and accepts it on click. */
class OwlpostInvitation extends HTMLElement {
  #token = new URLSearchParams(location.search).get("token") ?? "";

  async connectedCallback() {
    this.problem = build("p", { className: "problem", role: "alert" });
    this.card = build("div", { className: "offer" }, this.firstElementChild); // its skeleton, until there is an answer
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
    const text = say("invite.text", { inviter: inviter ?? say("invite.somebody"), email, role: say(`role.${role}`) });
    const other = mine.toLowerCase() !== email.toLowerCase();
    const act = other
      ? build("button", { type: "button", className: "button primary", onclick: () => this.#trying(switchAccount) }, say("invite.sign_in_as", { email }))
      : build("button", { type: "button", className: "button primary", onclick: () => this.#trying(() => this.#accept()) }, say("invite.join", { team }));
    const signedInAs = other ? build("p", {}, ...pieces("invite.signed_in_as", { email: build("strong", {}, mine) })) : null;
    this.card.replaceChildren(...[build("h2", {}, team), build("p", {}, text), signedInAs, act].filter(Boolean));
  }

  async #accept() {
    const { team_name: team } = await call("POST", "/v1/invites/accept", { token: this.#token });
    const done = build("h2", { tabIndex: -1 }, say("invite.in", { team }));
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
  return build("p", {}, build("a", { href: HOME }, say("invite.home")));
}

customElements.define("owlpost-invitation", OwlpostInvitation);
