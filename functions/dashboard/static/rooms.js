import { call } from "./api.js";
import { build } from "./dom.js";
import { fault, reason } from "./faults.js";
import { RoomTypes, toldOf } from "./room-types.js";
import { say, sayOr } from "./words.js";

const PATH = "/v1/destinations";
/** Milliseconds between looks at a test that is on its way, and how many looks. */
const LOOK = 1000;
const LOOKS = 40;

/** The rooms of one team: its members see them; its owners and admins connect, test, switch and remove them. */
export class Rooms {
  #list;

  /** `channels` are those of which a team can connect a room, `types` what a room can be told of. */
  constructor(team, channels, types, messages, attempt) {
    Object.assign(this, { team, types, messages, attempt, runs: team.role === "owner" || team.role === "admin" });
    this.kinds = channels.flatMap(({ channel, kinds }) => kinds.filter(ofRoom).map((kind) => ({ ...kind, channel })));
    const heading = build("h2", { id: `rooms-${team.id}`, tabIndex: -1 }, say("rooms.title", { team: team.name }));
    this.#list = build("ul", { className: "cards", "aria-label": say("rooms.title", { team: team.name }) });
    this.nothing = build("p", { className: "lead" }, say("rooms.none"));
    this.element = build("section", { className: "part", "aria-labelledby": heading.id }, heading, this.nothing, this.#list, this.runs ? this.#connector() : null);
  }

  async load() {
    const { destinations } = await call("GET", `${PATH}?team_id=${encodeURIComponent(this.team.id)}`);
    this.#list.replaceChildren(...destinations.map((room) => this.#card(room)));
    this.#list.hidden = destinations.length === 0;
    this.nothing.hidden = destinations.length > 0;
    return destinations;
  }

  /** One form for all kinds, folded away: a choice of the kind, and what this asks for. */
  #connector() {
    const id = `connect-${this.team.id}`;
    const kind = build("select", { id: `${id}-kind`, onchange: () => this.#ask() }, ...this.kinds.map((each, index) => build("option", { value: index }, nameOf(each.channel, each))));
    const asked = build("label", { htmlFor: `${id}-asked` });
    const stated = build("input", { id: `${id}-asked`, required: true });
    const name = build("input", { type: "text", id: `${id}-name`, name: "name", maxLength: 100 });
    this.form = { kind, asked, stated, name };
    this.#ask();
    const form = build(
      "form",
      { onsubmit: (event) => this.#connect(event) },
      build("label", { htmlFor: kind.id }, say("rooms.where")),
      kind,
      asked,
      stated,
      build("label", { htmlFor: name.id }, say("places.name")),
      name,
      build("button", { className: "button primary" }, say("places.connect")),
    );
    form.noValidate = true;
    return build("details", { className: "connect" }, build("summary", { "aria-label": say("rooms.connect_of", { team: this.team.name }) }, say("rooms.connect")), form);
  }

  #ask() {
    const { kind, asked, stated } = this.form;
    const { asks } = this.kinds[kind.value];
    asked.textContent = sayOr(`asks.${asks.field}`, asks.label);
    Object.assign(stated, { type: asks.form, name: asks.field, placeholder: asks.example, value: "" });
  }

  #connect(event) {
    event.preventDefault();
    return this.attempt(async () => {
      const { kind, stated, name } = this.form;
      const { channel, kind: key } = this.kinds[kind.value];
      const named = name.value.trim() && { label: name.value.trim() };
      const { destination } = await call("POST", PATH, { channel, kind: key, team_id: this.team.id, [stated.name]: stated.value.trim(), ...named });
      stated.value = name.value = "";
      await this.load();
      this.messages.say(say("places.connected_test", { name: destination.label }));
    });
  }

  #card(room) {
    const { id, label, state, types, last_error: error } = room;
    const kind = this.#kindOf(room);
    const told = build("p", {}, toldOf(types, this.types));
    const lines = [this.#waitsForEye(room) ? say("rooms.seen_it") : say(`places.${state}`), ...(room.test_status === "sent" && kind?.untold ? [untoldOf(room, kind)] : [])];
    if (error && (state !== "live" || room.failing_since)) lines.push(say("rooms.fault", { reason: fault(error) }));
    const words = build("div", { className: "words" }, build("h3", {}, label), ...lines.map((line) => build("p", {}, line)), told);
    if (!this.runs) return build("li", { className: "card destination" }, words);
    const on = state === "live";
    const choices = [
      this.#waitsForEye(room) ? this.#button(say("rooms.i_saw_it"), say("rooms.i_saw_it_named", { name: label }), () => this.#see(id, label)) : null,
      this.#button(say("places.test"), say("places.test_named", { name: label }), () => this.#test(id, label)),
      on || state === "off" ? this.#button(say(on ? "places.switch_off" : "places.switch_on"), say(on ? "places.switch_off_named" : "places.switch_on_named", { name: label }), () => this.#switch(id, on)) : null,
      this.#button(say("places.remove"), say("places.remove_named", { name: label }), () => this.#remove(id, label)),
    ];
    const chosen = new RoomTypes(room, this.types, this.attempt, (now) => { told.textContent = toldOf(now, this.types); });
    return build("li", { className: "card destination" }, words, build("div", { className: "choices" }, ...choices), chosen.element);
  }

  #kindOf({ channel, kind }) {
    return this.kinds.find((each) => each.channel === channel && each.kind === kind);
  }

  /** A test was taken there, and the room lives once somebody says that they saw it. */
  #waitsForEye(room) {
    const waits = room.state === "unverified" || room.state === "dead";
    return waits && room.test_status === "sent" && !(room.last_error_at > room.tested_at) && this.#kindOf(room)?.proof === "seen";
  }

  #button(text, label, onclick) {
    return build("button", { type: "button", className: "button", "aria-label": label, onclick: () => this.attempt(onclick) }, text);
  }

  async #test(id, label) {
    await call("POST", `${PATH}/${id}/test`);
    this.messages.say(say("places.test_sent", { name: label }));
    for (let look = 0; look < LOOKS; look += 1) {
      const room = (await this.#again(say("places.test_named", { name: label }))).find((each) => each.id === id);
      if (!room) return;
      if (room.test_status === "sent") return this.messages.say(this.#taken(room));
      if (room.test_status !== "pending" || room.last_error_at > room.tested_at) return this.messages.warn(say("places.test_failed", { name: label, reason: reason(room) }));
      await new Promise((resume) => setTimeout(resume, LOOK));
    }
    this.messages.warn(say("places.test_still", { name: label }));
  }

  #taken(room) {
    const untold = untoldOf(room, this.#kindOf(room));
    if (this.#waitsForEye(room)) return say("rooms.press_seen", { said: untold || say("rooms.taken", { name: room.label }) });
    return untold || say("places.test_reached", { name: room.label });
  }

  async #see(id, label) {
    await call("PATCH", `${PATH}/${id}`, { state: "live" });
    await this.load();
    this.messages.say(say("rooms.is_on", { name: label }));
    this.#list.querySelector(`[aria-label="${CSS.escape(say("places.test_named", { name: label }))}"]`)?.focus();
  }

  async #switch(id, on) {
    await call("PATCH", `${PATH}/${id}`, { state: on ? "off" : "live" });
    await this.load();
    this.messages.say(say(on ? "places.is_off" : "places.is_on"));
    this.element.querySelector("h2").focus();
  }

  async #remove(id, label) {
    await call("DELETE", `${PATH}/${id}`);
    await this.load();
    this.messages.say(say("places.removed", { name: label }));
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

/** What a kind of destination is called; one of an installation's own, as the server says. */
export function nameOf(channel, { kind, label }) {
  return sayOr(`connect.${channel}.${kind}`, label);
}

/** What acceptance by the provider leaves open, "" if nothing. */
function untoldOf({ channel }, kind) {
  return kind?.untold ? sayOr(`untold.${channel}`, kind.untold) : "";
}
