import { build } from "./dom.js";
import { LOCALE } from "./words.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "short" });
const thisYear = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const otherYear = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric" });
const weekday = new Intl.DateTimeFormat(LOCALE, { weekday: "long" });
const soon = new Intl.DateTimeFormat(LOCALE, { weekday: "short", hour: "numeric", minute: "2-digit" });
const later = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });

/** Returns how long ago it was, or the date after a week; of a time ahead, the time itself. */
export function ago(moment, now = new Date()) {
  const seconds = (now - moment) / 1000;
  if (seconds < -MINUTE) return (seconds > -6 * DAY ? soon : later).format(moment);
  if (seconds < MINUTE) return relative.format(0, "second");
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return relative.format(-Math.floor(seconds / HOUR), "hour");
  if (seconds < 7 * DAY) return relative.format(-Math.floor(seconds / DAY), "day");
  return shortDate(moment, now);
}

/** Returns the name of a day: today, yesterday, a day of the week, or the date. */
export function dayName(moment, now = new Date()) {
  const days = Math.round((midnight(moment) - midnight(now)) / (DAY * 1000));
  if (Math.abs(days) <= 1) return capital(relative.format(days, "day"));
  return Math.abs(days) < 7 ? capital(weekday.format(moment)) : shortDate(moment, now);
}

export function exact(moment) {
  return absolute.format(moment);
}

/** A time that shows how long ago it was, and exactly when if it is pressed. */
export function timeElement(text) {
  const time = build("time", { dateTime: text, lang: LOCALE });
  const button = build("button", { type: "button", className: "when", title: exact(new Date(text)) }, time);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.ariaPressed !== "true"));
    show(button);
  });
  show(button);
  return button;
}

/** Update the times inside `root`. */
export function refreshTimes(root) {
  for (const button of root.querySelectorAll(".when")) show(button);
}

function show(button) {
  const time = button.firstChild;
  const moment = new Date(time.dateTime);
  const text = button.ariaPressed === "true" ? exact(moment) : ago(moment);
  if (time.textContent !== text) time.textContent = text; // of a long list few change in a minute
}

function shortDate(moment, now) {
  return (moment.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(moment);
}

function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
}

function capital(text) {
  return text.charAt(0).toLocaleUpperCase(LOCALE) + text.slice(1);
}
