import { build } from "./dom.js";
import { buildSwitch, show } from "./switch.js";
import { LOCALE, say } from "./words.js";

/** A Monday, so that the days of the week can be named in the reader's language. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAYS = [1, 2, 3, 4, 5, 6, 7];
const NIGHT = { start: "22:00", end: "07:00" };

/** Quiet hours: from when to when, on which days they begin, and in which time zone. */
export class QuietHours {
  #start = field("quiet-start", say("quiet.from"));
  #end = field("quiet-end", say("quiet.to"));
  #zone = build("select", { id: "quiet-zone" });
  #days = DAYS.map((day) => build("input", { type: "checkbox", value: String(day), id: `quiet-day-${day}` }));
  #details = build("div", { className: "quiet-hours" });
  #problem = build("p", { className: "problem", role: "alert" });

  constructor(store) {
    const toggle = buildSwitch({ label: say("quiet.title"), on: false, ontoggle: (on) => this.#saver.want(on ? asText(this.#usual()) : "") });
    this.#draw();
    this.#saver = store.setting(say("quiet.title"), {
      read: () => (store.said.quiet_hours ? asText(store.said.quiet_hours) : ""),
      part: (text) => ({ quiet_hours: text ? JSON.parse(text) : null }),
      show: (text) => {
        show(toggle, text !== "");
        this.#details.hidden = text === "";
        if (text) this.#fill(JSON.parse(text));
      },
    });
    const words = build("p", {}, say("quiet.words"));
    const top = build("div", { className: "words" }, build("h3", {}, say("quiet.title")), words);
    this.element = build("li", { className: "card timed", part: "card" }, top, toggle, this.#details);
  }

  #saver = null;

  #draw() {
    const now = (input) => input.addEventListener("change", () => this.#changed());
    [this.#start.input, this.#end.input, this.#zone, ...this.#days].forEach(now);
    const days = this.#days.map((day) => build("label", { className: "day" }, day, build("span", {}, dayName(Number(day.value)))));
    this.#details.append(
      this.#start.label,
      this.#end.label,
      build("label", {}, say("quiet.zone"), this.#zone),
      build("fieldset", {}, build("legend", {}, say("quiet.days")), ...days),
      this.#problem,
    );
  }

  #usual() {
    return { ...NIGHT, time_zone: here() };
  }

  #fill({ start, end, time_zone: zone, days }) {
    this.#start.input.value = start;
    this.#end.input.value = end;
    const zones = new Set([zone, here(), ...Intl.supportedValuesOf("timeZone")]);
    this.#zone.replaceChildren(...[...zones].sort().map((each) => build("option", { value: each }, each.replaceAll("_", " "))));
    this.#zone.value = zone;
    for (const day of this.#days) day.checked = !days || days.includes(Number(day.value));
  }

  /** Save what the fields say; what makes no sense is said and not saved. */
  #changed() {
    const [start, end] = [this.#start.input.value, this.#end.input.value];
    const days = this.#days.filter((day) => day.checked).map((day) => Number(day.value));
    this.#problem.textContent = wrong(start, end, days);
    if (this.#problem.textContent) return;
    const chosen = { start, end, time_zone: this.#zone.value };
    this.#saver.want(asText(days.length < DAYS.length ? { ...chosen, days } : chosen));
  }
}

function wrong(start, end, days) {
  if (!start || !end) return say("quiet.both");
  if (start === end) return say("quiet.different");
  return days.length ? "" : say("quiet.a_day");
}

/** One text for what is the same, whatever the order of its members: a saver compares values. */
function asText({ start, end, time_zone, days }) {
  return JSON.stringify({ start, end, time_zone, ...(days && days.length < DAYS.length && { days }) });
}

function field(id, label) {
  const input = build("input", { type: "time", id, required: true });
  return { input, label: build("label", {}, label, input) };
}

function dayName(day) {
  return new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" }).format(MONDAY + (day - 1) * 86_400_000);
}

function here() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
