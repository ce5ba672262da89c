import { build } from "./dom.js";
import { QuietHours } from "./quiet-hours.js";
import { snoozeTimes } from "./snooze-times.js";
import { exact } from "./times.js";
import { say } from "./words.js";

/** What says when mail and push may come: a pause, quiet hours, and mail only for what was not read. */
export function timeCards(store) {
  return [pause(store), new QuietHours(store).element, mailWait(store)];
}

const WEEK_HOURS = 7 * 24;

function pause(store) {
  const words = build("p", {});
  const choose = build("select", { id: "pause", onchange: () => choose.value && saver.want(choose.value) });
  const end = build("button", { type: "button", className: "button", onclick: () => saver.want("") }, say("pause.go_on"));
  const isPaused = (until) => until && new Date(until) > new Date();
  const saver = store.setting(say("pause.title"), {
    read: () => store.said.paused_until ?? "",
    part: (until) => ({ paused_until: until || null }),
    show: (until) => {
      const on = isPaused(until);
      words.textContent = on
        ? say("pause.until", { time: exact(new Date(until)) })
        : say("pause.words");
      end.hidden = !on;
      choose.replaceChildren(build("option", { value: "" }, say(on ? "pause.change" : "pause.none")), ...moments());
    },
  });
  const label = build("label", { htmlFor: "pause", className: "hidden-text" }, say("pause.title"));
  return card(say("pause.title"), words, build("div", { className: "choice" }, label, choose, end));
}

function moments(now = new Date()) {
  const later = (hours) => new Date(now.getTime() + hours * 3_600_000).toISOString();
  const offered = snoozeTimes(now).map(({ name, until, seconds }) => [name, until ?? later(seconds / 3600)]);
  return [...offered, ["week", later(WEEK_HOURS)]].map(([name, value]) => build("option", { value }, say(`pause.${name}`)));
}

const WAITS = [
  ["", say("wait.as_said")],
  ["0", say("wait.0")],
  ["5", say("wait.5")],
  ["15", say("wait.15")],
  ["60", say("wait.60")],
];

function mailWait(store) {
  const choose = build("select", { id: "mail-wait", onchange: () => saver.want(choose.value) });
  choose.append(...WAITS.map(([value, label]) => build("option", { value }, label)));
  const saver = store.setting(say("wait.title"), {
    read: () => String(store.said.email_after_minutes ?? ""),
    part: (value) => ({ email_after_minutes: value === "" ? null : Number(value) }),
    show: (value) => (choose.value = value),
  });
  const words = build("p", {}, say("wait.words"));
  const label = build("label", { htmlFor: "mail-wait", className: "hidden-text" }, say("wait.title"));
  return card(say("wait.title"), words, build("div", { className: "choice" }, label, choose));
}

function card(title, words, choice) {
  return build("li", { className: "card timed", part: "card" }, build("div", { className: "words" }, build("h3", {}, title), words), choice);
}
