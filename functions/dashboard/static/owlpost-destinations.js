import { call } from "./api.js";
import { build, ghosts } from "./dom.js";
import { reason } from "./faults.js";
import { me } from "./me.js";
import { Messages } from "./messages.js";
import { Phones } from "./phones.js";
import { nameOf, ofRoom, Rooms } from "./rooms.js";
import { canBeNotified, forget, isThisBrowser, notifyHere, subscription } from "./this-browser.js";
import { dateTime, say, sayOr } from "./words.js";

const PATH = "/v1/destinations";
/** Milliseconds between looks at a test that is on its way, and how many looks. */
const LOOK = 1000;
const LOOKS = 40;

/** Where the person is reached beside mail and phone: they connect, test, switch and remove their destinations. */
class OwlpostDestinations extends HTMLElement {
  #messages = new Messages();

  async connectedCallback() {
    if (this.list) return;
    this.list = build("ul", { className: "cards", "aria-label": say("places.list"), "aria-busy": "true" }, ...ghosts(2));
    this.secret = build("div", { className: "secret", role: "region", "aria-label": say("places.new_secret"), tabIndex: -1, hidden: true });
    this.forms = build("div", { className: "connects" });
    const phones = new Phones(this.#messages, (action) => this.#attempt(action));
    this.rooms = build("div", {});
    this.replaceChildren(phones.element, this.list, this.secret, this.forms, this.rooms, this.#messages.element);
    this.#attempt(() => phones.load());
    await this.#attempt(async () => {
      const [{ channels, room_types: types }] = await Promise.all([call("GET", "/v1/channels"), this.#load()]);
      this.links = channels.flatMap(({ channel, kinds }) => kinds.filter(({ proof }) => proof === "link").map(({ kind }) => `${channel} ${kind}`));
      this.#show(this.shown);
      this.forms.replaceChildren(...channels.flatMap((channel) => this.#connectable(channel)));
      await this.#offer();
      await this.#showRooms(channels, types);
      if (channels.length === 0) this.append(build("p", { className: "nothing" }, say("places.nothing_else")));
    });
    this.list.setAttribute("aria-busy", "false");
  }

  /** The rooms of each team, where one of the channels has any. */
  async #showRooms(channels, types) {
    const offered = channels.filter(({ kinds }) => kinds.some(ofRoom));
    if (offered.length === 0) return;
    const { teams } = await me();
    const rooms = teams.map((team) => new Rooms(team, offered, types, this.#messages, (action) => this.#attempt(action)));
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
    const words = say(canBeNotified() ? "places.here" : "browser.home_screen");
    this.here = build("button", { type: "button", className: "button primary", disabled: !canBeNotified(), onclick: () => this.#attempt(() => this.#notify(key)) }, say("places.notify"));
    this.browser = build("section", { className: "connect", hidden: true, "aria-label": say("places.this_browser") }, build("h2", {}, say("places.this_browser")), build("p", {}, words), this.here);
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
    this.#messages.say(say("places.connected", { name: label }));
    this.list.querySelector(`#destination-${CSS.escape(id)} button`)?.focus();
  }

  #form(channel, kind) {
    const { asks } = kind;
    const label = nameOf(channel, kind);
    const id = `${channel}-${kind.kind}`;
    const stated = asks && build("input", { type: asks.form, id: `${id}-${asks.field}`, name: asks.field, required: true, placeholder: asks.example });
    const name = build("input", { type: "text", id: `${id}-name`, name: "name", maxLength: 100 });
    const form = build(
      "form",
      { onsubmit: (event) => this.#connect(event, { channel, kind: kind.kind }, stated, name) },
      stated && build("label", { htmlFor: stated.id }, sayOr(`asks.${asks.field}`, asks.label)),
      stated,
      build("label", { htmlFor: name.id }, say("places.name")),
      name,
      build("button", { className: "button primary" }, say("places.connect")),
    );
    form.noValidate = true;
    return build("details", { className: "connect" }, build("summary", {}, say("places.connect_named", { name: label })), form);
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
      else this.#messages.say(say(destination.state === "live" ? "places.connected" : "places.connected_test", { name: destination.label }));
    });
  }

  #tell({ label }, secret) {
    const field = build("input", { type: "text", id: "secret", readOnly: true, value: secret, spellcheck: false });
    this.secret.replaceChildren(
      build("label", { htmlFor: field.id }, say("places.secret_of", { name: label })),
      field,
      build("p", {}, say("places.secret_once")),
    );
    this.secret.hidden = false;
    field.focus();
    field.select();
  }

  #lead({ label }, link) {
    const to = build("a", { href: link, target: "_blank", rel: "noopener" }, say("places.open", { host: new URL(link).host }));
    this.secret.replaceChildren(build("p", {}, say("places.follow", { name: label })), to);
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
      unfollowed ? null : this.#button(say("places.test"), say("places.test_named", { name: label }), () => this.#test(id, label)),
      switchable ? this.#button(say(state === "live" ? "places.switch_off" : "places.switch_on"), say(state === "live" ? "places.switch_off_named" : "places.switch_on_named", { name: label }), () => this.#switch(id, state, label)) : null,
      destination.channel !== "webhook" ? null : this.#button(say("places.new_secret"), say("places.new_secret_named", { name: label }), () => this.#rotate(id)),
      this.#button(say("places.remove"), say("places.remove_named", { name: label }), () => this.#remove(id, label)),
    );
    return build("li", { className: "card destination", id: `destination-${id}` }, words, choices);
  }

  #button(text, label, onclick) {
    return build("button", { type: "button", className: "button", "aria-label": label, onclick: () => this.#attempt(onclick) }, text);
  }

  async #test(id, label) {
    await call("POST", `${PATH}/${id}/test`);
    this.#messages.say(say("places.test_sent", { name: label }));
    for (let look = 0; look < LOOKS; look += 1) {
      const found = (await this.#refresh(id, say("places.test_named", { name: label }))).find((each) => each.id === id);
      if (!found) return;
      if (found.test_status === "sent") return this.#messages.say(say("places.test_reached", { name: label }));
      if (found.test_status !== "pending" || found.last_error_at > found.tested_at) return this.#messages.warn(say("places.test_failed", { name: label, reason: reason(found) }));
      await new Promise((resume) => setTimeout(resume, LOOK));
    }
    this.#messages.warn(say("places.test_still", { name: label }));
  }

  async #switch(id, state, label) {
    await call("PATCH", `${PATH}/${id}`, { state: state === "live" ? "off" : "live" });
    await this.#refresh(id, say(state === "live" ? "places.switch_on_named" : "places.switch_off_named", { name: label }));
    this.#messages.say(say(state === "live" ? "places.is_off" : "places.is_on"));
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
    this.#messages.say(say("places.removed", { name: label }));
    (this.list.hidden ? this.forms.querySelector("section:not([hidden]) button, summary") : this.list.querySelector("button"))?.focus();
  }

  /** Load again; if a button of the card has the focus, the one with this name has it then. */
  async #refresh(id, name) {
    const focused = this.list.contains(document.activeElement);
    const destinations = await this.#load();
    if (focused) this.list.querySelector(`#destination-${CSS.escape(id)} [aria-label="${CSS.escape(name)}"]`)?.focus();
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
  const lines = [say(`places.${state}`)];
  if (wentWell) lines.push(say("places.last_reached", { time: dateTime(new Date(wentWell)) }));
  if (failedAt && !(wentWell > failedAt)) lines.push(say("places.last_failure", { time: dateTime(new Date(failedAt)), reason: reason(destination) }));
  return lines;
}

customElements.define("owlpost-destinations", OwlpostDestinations);
