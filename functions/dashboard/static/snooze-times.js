import { build } from "./dom.js";
import { exact } from "./times.js";
import { say } from "./words.js";

const EVENING = 18;
const MORNING = 9;

/** The times that a menu offers, by name: an hour by the server's clock, or a moment of the reader's own day. */
export function snoozeTimes(now = new Date()) {
  const evening = at(now, 0, EVENING);
  const morning = at(now, 1, MORNING);
  return [
    { name: "hour", seconds: 3600 },
    ...(evening > now ? [{ name: "evening", until: evening.toISOString() }] : []),
    { name: "tomorrow", until: morning.toISOString() },
  ];
}

/** A dialog for any other time. */
export class SnoozeDialog {
  #row = null;
  #when = build("input", { type: "datetime-local", required: true, id: "snooze-until" });
  element = build("dialog", { className: "sheet", "aria-labelledby": "snooze-title" });

  constructor(inbox) {
    this.inbox = inbox;
    const cancel = build("button", { type: "button", className: "button", onclick: () => this.element.close() }, say("cancel"));
    const form = build(
      "form",
      { method: "dialog", onsubmit: () => this.#snooze() },
      build("h2", { id: "snooze-title" }, say("snooze.title")),
      build("label", { for: "snooze-until" }, say("snooze.at")),
      this.#when,
      build("p", { className: "choices" }, build("button", { className: "button primary" }, say("snooze.title")), cancel),
    );
    this.element.append(form);
  }

  open(row) {
    this.#row = row;
    const now = new Date();
    this.#when.min = local(now);
    this.#when.value = local(at(now, 2, MORNING));
    this.element.showModal();
  }

  #snooze() {
    const until = new Date(this.#when.value);
    this.inbox.acts.act("snooze", [this.#row], { until: until.toISOString() }, ["until", exact(until)]);
  }
}

function at(now, days, hour) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

/** As a field of local time has it: without zone and seconds. */
function local(moment) {
  const here = new Date(moment - moment.getTimezoneOffset() * 60_000);
  return here.toISOString().slice(0, 16);
}
