import { call } from "./api.js";
import { build, ghosts } from "./dom.js";
import { me } from "./me.js";
import { Messages } from "./messages.js";
import { Phones } from "./phones.js";
import { ofRoom, Rooms } from "./rooms.js";
import { canBeNotified, forget, HOME_SCREEN, isThisBrowser, notifyHere, subscription } from "./this-browser.js";

const PATH = "/v1/destinations";
const STATES = {
  unverified: "Not verified yet: press Test",
  unfollowed: "Not connected yet: press Connect and follow the link",
  live: "On",
  off: "Switched off",
  dead: "Gone: press Test once it is back",
};
/** Milliseconds between looks at a test that is on its way, and how many looks. */
const LOOK = 1000;
const LOOKS = 40;

/** Where the person is reached beside mail and phone: they connect, test, switch and remove their destinations. */
class OwlpostDestinations extends HTMLElement {
  #messages = new Messages();

  async connectedCallback() {
    if (this.list) return;
    this.list = build("ul", { className: "cards", "aria-label": "Destinations", "aria-busy": "true" }, ...ghosts(2));
    this.secret = build("div", { className: "secret", role: "region", "aria-label": "New secret", tabIndex: -1, hidden: true });
    this.forms = build("div", { className: "connects" });
    const phones = new Phones(this.#messages, (action) => this.#attempt(action));
    this.rooms = build("div", {});
    this.append(phones.element, this.list, this.secret, this.forms, this.rooms, this.#messages.element);
    this.#attempt(() => phones.load());
    await this.#attempt(async () => {
      const [{ channels }] = await Promise.all([call("GET", "/v1/channels"), this.#load()]);
      this.links = channels.flatMap(({ channel, kinds }) => kinds.filter(({ proof }) => proof === "link").map(({ kind }) => `${channel} ${kind}`));
      this.#show(this.shown);
      this.forms.replaceChildren(...channels.flatMap((channel) => this.#connectable(channel)));
      await this.#offer();
      await this.#showRooms(channels);
      if (channels.length === 0) this.append(build("p", { className: "nothing" }, "Nothing else can be connected here."));
    });
    this.list.setAttribute("aria-busy", "false");
  }

  /** The rooms of each team, where one of the channels has any. */
  async #showRooms(channels) {
    const offered = channels.filter(({ kinds }) => kinds.some(ofRoom));
    if (offered.length === 0) return;
    const { teams } = await me();
    const rooms = teams.map((team) => new Rooms(team, offered, this.#messages, (action) => this.#attempt(action)));
    await Promise.all(rooms.map((each) => each.load()));
    this.rooms.replaceChildren(...rooms.map((each) => each.element));
  }

  async #load() {
    const { destinations } = await call("GET", PATH);
    this.#show(destinations);
    return destinations;
  }

  #show(destinations) {
    this.shown = destinations;
    this.list.replaceChildren(...destinations.map((destination) => this.#card(destination)));
    this.list.hidden = destinations.length === 0;
  }

  /** A form for each kind that a person states by hand, and a button for this browser. */
  #connectable({ channel, kinds, public_key: key }) {
    const own = kinds.filter(({ owned_by: of }) => of === "person");
    return own.map((kind) => (kind.asks?.form === "subscription" ? this.#browser(key) : this.#form(channel, kind)));
  }

  #browser(key) {
    const words = canBeNotified() ? "News shows on this device, also while no page is open." : HOME_SCREEN;
    this.here = build("button", { type: "button", className: "button primary", disabled: !canBeNotified(), onclick: () => this.#attempt(() => this.#notify(key)) }, "Notify me in this browser");
    this.browser = build("section", { className: "connect", hidden: true, "aria-label": "This browser" }, build("h2", {}, "This browser"), build("p", {}, words), this.here);
    return this.browser;
  }

  /** The button is there while this browser is not among the destinations. */
  async #offer() {
    if (this.browser) this.browser.hidden = Boolean(await subscription()) && this.shown.some(({ id }) => isThisBrowser(id));
  }

  async #notify(key) {
    const { id, label } = await notifyHere(key);
    await this.#load();
    await this.#offer();
    this.#messages.say(`${label} is connected.`);
    this.list.querySelector(`#destination-${CSS.escape(id)} button`)?.focus();
  }

  #form(channel, kind) {
    const { label, asks } = kind;
    const id = `${channel}-${kind.kind}`;
    const stated = asks && build("input", { type: asks.form, id: `${id}-${asks.field}`, name: asks.field, required: true, placeholder: asks.example });
    const name = build("input", { type: "text", id: `${id}-name`, name: "name", maxLength: 100 });
    const form = build(
      "form",
      { className: "connect", onsubmit: (event) => this.#connect(event, { channel, kind: kind.kind }, stated, name) },
      build("h2", {}, `Connect ${label}`),
      stated && build("label", { htmlFor: stated.id }, asks.label),
      stated,
      build("label", { htmlFor: name.id }, "Name, if you like"),
      name,
      build("button", { className: "button primary" }, "Connect"),
    );
    form.noValidate = true;
    return form;
  }

  #connect(event, kind, stated, name) {
    event.preventDefault();
    return this.#attempt(async () => {
      const asked = { ...kind, ...(stated && { [stated.name]: stated.value.trim() }), ...(name.value.trim() && { label: name.value.trim() }) };
      const { destination, secret, connect_url: link } = await call("POST", PATH, asked);
      name.value = "";
      if (stated) stated.value = "";
      await this.#load();
      if (secret) this.#tell(destination, secret);
      else if (link) this.#lead(destination, link);
      else this.#messages.say(destination.state === "live" ? `${destination.label} is connected.` : `${destination.label} is connected: press Test.`);
    });
  }

  #tell({ label }, secret) {
    const field = build("input", { type: "text", id: "secret", readOnly: true, value: secret, spellcheck: false });
    this.secret.replaceChildren(
      build("label", { htmlFor: field.id }, `The secret that signs what is sent to ${label}`),
      field,
      build("p", {}, "It is shown this once. Give it to the receiver, then press Test."),
    );
    this.secret.hidden = false;
    field.focus();
    field.select();
  }

  #lead({ label }, link) {
    const to = build("a", { href: link, target: "_blank", rel: "noopener" }, `Open ${new URL(link).host}`);
    this.secret.replaceChildren(build("p", {}, `To connect ${label}, follow this link within ten minutes.`), to);
    this.secret.hidden = false;
    to.focus();
  }

  #card(destination) {
    const { id, label } = destination;
    const unfollowed = destination.state === "unverified" && this.links?.includes(`${destination.channel} ${destination.kind}`);
    const state = unfollowed ? "unfollowed" : destination.state;
    const words = build("div", { className: "words" }, build("h2", {}, label), ...said({ ...destination, state }).map((line) => build("p", {}, line)));
    const switchable = state === "live" || state === "off";
    const choices = build(
      "div",
      { className: "choices" },
      unfollowed ? null : this.#button("Test", `Test ${label}`, () => this.#test(id, label)),
      switchable ? this.#button(state === "live" ? "Switch off" : "Switch on", `Switch ${label} ${state === "live" ? "off" : "on"}`, () => this.#switch(id, state)) : null,
      destination.channel !== "webhook" ? null : this.#button("New secret", `New secret for ${label}`, () => this.#rotate(id)),
      this.#button("Remove", `Remove ${label}`, () => this.#remove(id, label)),
    );
    return build("li", { className: "card destination", id: `destination-${id}` }, words, choices);
  }

  #button(text, label, onclick) {
    return build("button", { type: "button", className: "button", "aria-label": label, onclick: () => this.#attempt(onclick) }, text);
  }

  async #test(id, label) {
    await call("POST", `${PATH}/${id}/test`);
    this.#messages.say(`The test of ${label} is on its way.`);
    for (let look = 0; look < LOOKS; look += 1) {
      const found = (await this.#refresh(id, "Test")).find((each) => each.id === id);
      if (!found) return;
      if (found.test_status === "sent") return this.#messages.say(`The test has reached ${label}.`);
      if (found.test_status !== "pending" || found.last_error_at > found.tested_at) return this.#messages.warn(`The test did not reach ${label}: ${reason(found)}.`);
      await new Promise((resume) => setTimeout(resume, LOOK));
    }
    this.#messages.warn(`The test of ${label} is still on its way.`);
  }

  async #switch(id, state) {
    await call("PATCH", `${PATH}/${id}`, { state: state === "live" ? "off" : "live" });
    await this.#refresh(id, "Switch");
    this.#messages.say(state === "live" ? "Switched off." : "Switched on.");
  }

  async #rotate(id) {
    const { destination, secret } = await call("POST", `${PATH}/${id}/rotate-secret`);
    this.#tell(destination, secret);
  }

  async #remove(id, label) {
    await call("DELETE", `${PATH}/${id}`);
    if (isThisBrowser(id)) await forget();
    await this.#load();
    await this.#offer();
    this.#messages.say(`${label} is removed.`);
    (this.list.hidden ? this.forms.querySelector("section:not([hidden]) button, input") : this.list.querySelector("button"))?.focus();
  }

  /** Load again; the button of the card that has the focus keeps it. */
  async #refresh(id, beginning) {
    const focused = this.list.contains(document.activeElement);
    const destinations = await this.#load();
    if (focused) this.list.querySelector(`#destination-${CSS.escape(id)} [aria-label^="${beginning}"]`)?.focus();
    return destinations;
  }

  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.#messages.warn(error.message);
    }
  }
}

/** The lines under a destination's name. */
function said(destination) {
  const { state, last_ok_at: wentWell, last_error_at: failedAt } = destination;
  const lines = [STATES[state] ?? state];
  if (wentWell) lines.push(`Last reached ${new Date(wentWell).toLocaleString()}`);
  if (failedAt && !(wentWell > failedAt)) lines.push(`Last failure ${new Date(failedAt).toLocaleString()}: ${reason(destination)}`);
  return lines;
}

const REASONS = {
  unreachable: "no connection could be made",
  no_answer: "there was no answer in time",
  not_verified: "the answer did not hold the challenge",
  blocked_address: "its name leads to an address that is not of the internet",
  redirected: "it answered with a redirect, which is not followed",
  destination_dead: "it said that it is gone",
};

function reason({ test_status: status, test_error: tested, last_error: error }) {
  const code = (status !== "pending" && tested) || error || "it was not sent";
  return REASONS[code] ?? code.replace(/^http_/, "it answered ");
}

customElements.define("owlpost-destinations", OwlpostDestinations);
