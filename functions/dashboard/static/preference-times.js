import { build } from "./dom.js";
import { QuietHours } from "./quiet-hours.js";
import { snoozeTimes } from "./snooze-times.js";
import { exact } from "./times.js";

/** What says when mail and push may come: a pause, quiet hours, and mail only for what was not read. */
export function timeCards(store) {
  return [pause(store), new QuietHours(store).element, mailWait(store)];
}

const WEEK_HOURS = 7 * 24;

function pause(store) {
  const words = build("p", {});
  const choose = build("select", { id: "pause", onchange: () => choose.value && saver.want(choose.value) });
  const end = build("button", { type: "button", className: "button", onclick: () => saver.want("") }, "Go on now");
  const isPaused = (until) => until && new Date(until) > new Date();
  const saver = store.setting("Pause", {
    read: () => store.said.paused_until ?? "",
    part: (until) => ({ paused_until: until || null }),
    show: (until) => {
      const on = isPaused(until);
      words.textContent = on
        ? `Until ${exact(new Date(until))} everything waits for you in the inbox alone.`
        : "Mail and push rest for a while. The inbox fills all the same.";
      end.hidden = !on;
      choose.replaceChildren(build("option", { value: "" }, on ? "Change …" : "Not paused"), ...moments());
    },
  });
  const label = build("label", { htmlFor: "pause", className: "hidden-text" }, "Pause");
  return card("Pause", words, build("div", { className: "choice" }, label, choose, end));
}

function moments(now = new Date()) {
  const later = (hours) => new Date(now.getTime() + hours * 3_600_000).toISOString();
  const offered = snoozeTimes(now).map(({ label, until, seconds }) => [label, until ?? later(seconds / 3600)]);
  return [...offered, ["for a week", later(WEEK_HOURS)]].map(([label, value]) => build("option", { value }, `Pause ${label}`));
}

const WAITS = [
  ["", "As each kind says"],
  ["0", "At once"],
  ["5", "After 5 minutes"],
  ["15", "After 15 minutes"],
  ["60", "After an hour"],
];

function mailWait(store) {
  const choose = build("select", { id: "mail-wait", onchange: () => saver.want(choose.value) });
  choose.append(...WAITS.map(([value, label]) => build("option", { value }, label)));
  const saver = store.setting("Mail only if unread", {
    read: () => String(store.said.email_after_minutes ?? ""),
    part: (value) => ({ email_after_minutes: value === "" ? null : Number(value) }),
    show: (value) => (choose.value = value),
  });
  const words = build("p", {}, "A mail waits so long, and stays away if you have read the news here by then.");
  const label = build("label", { htmlFor: "mail-wait", className: "hidden-text" }, "Mail only if unread");
  return card("Mail only if unread", words, build("div", { className: "choice" }, label, choose));
}

function card(title, words, choice) {
  return build("li", { className: "card timed" }, build("div", { className: "words" }, build("h3", {}, title), words), choice);
}
