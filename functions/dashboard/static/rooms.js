import { call } from "./api.js";
import { build } from "./dom.js";

const PATH = "/v1/destinations";
/** Milliseconds between looks at a test that is on its way, and how many looks. */
const LOOK = 1000;
const LOOKS = 40;
const STATES = { unverified: "Not verified yet: press Test", live: "On", off: "Switched off", dead: "Gone: press Test once it is back" };

/** The rooms of one team: its members see them; its owners and admins connect, test, switch and remove them. */
export class Rooms {
  #list;

  /** `channels` are those of which a team can connect a room. */
  constructor(team, channels, messages, attempt) {
    Object.assign(this, { team, messages, attempt, runs: team.role === "owner" || team.role === "admin" });
    const heading = build("h2", { id: `rooms-${team.id}`, tabIndex: -1 }, `Rooms of ${team.name}`);
    this.#list = build("ul", { className: "cards", "aria-label": `Rooms of ${team.name}` });
    this.nothing = build("p", { className: "lead" }, "None yet: a room is told of what every member may see.");
    const forms = this.runs ? channels.flatMap(({ channel, kinds }) => kinds.filter(ofRoom).map((kind) => this.#form(channel, kind))) : [];
    this.element = build("section", { className: "part", "aria-labelledby": heading.id }, heading, this.nothing, this.#list, build("div", { className: "connects" }, ...forms));
  }

  async load() {
    const { destinations } = await call("GET", `${PATH}?team_id=${encodeURIComponent(this.team.id)}`);
    this.#list.replaceChildren(...destinations.map((room) => this.#card(room)));
    this.#list.hidden = destinations.length === 0;
    this.nothing.hidden = destinations.length > 0;
    return destinations;
  }

  #form(channel, { kind, label, asks }) {
    const id = `${this.team.id}-${channel}-${kind}`;
    const stated = build("input", { type: asks.form, id: `${id}-${asks.field}`, name: asks.field, required: true, placeholder: asks.example });
    const name = build("input", { type: "text", id: `${id}-name`, name: "name", maxLength: 100 });
    const connect = (event) => {
      event.preventDefault();
      return this.attempt(async () => {
        const named = name.value.trim() && { label: name.value.trim() };
        const { destination } = await call("POST", PATH, { channel, kind, team_id: this.team.id, [asks.field]: stated.value.trim(), ...named });
        stated.value = name.value = "";
        await this.load();
        this.messages.say(`${destination.label} is connected: press Test.`);
      });
    };
    const form = build(
      "form",
      { className: "connect", onsubmit: connect },
      build("h3", {}, `Connect ${label}`),
      build("label", { htmlFor: stated.id }, asks.label),
      stated,
      build("label", { htmlFor: name.id }, "Name, if you like"),
      name,
      build("button", { className: "button primary" }, "Connect"),
    );
    form.noValidate = true;
    return form;
  }

  #card({ id, label, state, types, last_error: error }) {
    const told = types ? `Told of ${types.join(", ")}` : "Told of everything";
    const lines = [STATES[state] ?? state, told, ...(error && state !== "live" ? [`Its last fault: ${error}`] : [])];
    const words = build("div", { className: "words" }, build("h3", {}, label), ...lines.map((line) => build("p", {}, line)));
    if (!this.runs) return build("li", { className: "card destination" }, words);
    const on = state === "live";
    const choices = [
      this.#button("Test", `Test ${label}`, () => this.#test(id, label)),
      on || state === "off" ? this.#button(on ? "Switch off" : "Switch on", `Switch ${label} ${on ? "off" : "on"}`, () => this.#switch(id, on)) : null,
      this.#button("Remove", `Remove ${label}`, () => this.#remove(id, label)),
    ];
    return build("li", { className: "card destination" }, words, build("div", { className: "choices" }, ...choices));
  }

  #button(text, label, onclick) {
    return build("button", { type: "button", className: "button", "aria-label": label, onclick: () => this.attempt(onclick) }, text);
  }

  async #test(id, label) {
    await call("POST", `${PATH}/${id}/test`);
    this.messages.say(`The test of ${label} is on its way.`);
    for (let look = 0; look < LOOKS; look += 1) {
      const room = (await this.#again(`Test ${label}`)).find((each) => each.id === id);
      if (!room) return;
      if (room.test_status === "sent") return this.messages.say(`The test has reached ${label}.`);
      if (room.test_status !== "pending" || room.last_error_at > room.tested_at) {
        return this.messages.warn(`The test did not reach ${label}: ${room.test_error ?? room.last_error ?? "it was not sent"}.`);
      }
      await new Promise((resume) => setTimeout(resume, LOOK));
    }
    this.messages.warn(`The test of ${label} is still on its way.`);
  }

  async #switch(id, on) {
    await call("PATCH", `${PATH}/${id}`, { state: on ? "off" : "live" });
    await this.load();
    this.messages.say(on ? "Switched off." : "Switched on.");
    this.element.querySelector("h2").focus();
  }

  async #remove(id, label) {
    await call("DELETE", `${PATH}/${id}`);
    await this.load();
    this.messages.say(`${label} is removed.`);
    this.element.querySelector("h2").focus();
  }

  /** Load again; the button that has the focus keeps it. */
  async #again(label) {
    const focused = this.#list.contains(document.activeElement);
    const rooms = await this.load();
    if (focused) this.#list.querySelector(`[aria-label="${CSS.escape(label)}"]`)?.focus();
    return rooms;
  }
}

/** Whether a kind is of a team's room. */
export function ofRoom({ owned_by: of }) {
  return of === "room";
}
