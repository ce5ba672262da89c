import { build } from "./dom.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });
const thisYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const otherYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** Returns how long ago it was, or the date after a week. A time in the future counts as now. */
export function ago(moment, now = new Date()) {
  const seconds = Math.max(0, (now - moment) / 1000);
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return relative.format(-Math.floor(seconds / HOUR), "hour");
  if (seconds < 7 * DAY) return relative.format(-Math.floor(seconds / DAY), "day");
  return (moment.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(moment);
}

export function timeElement(text) {
  const moment = new Date(text);
  return build("time", { dateTime: text, title: absolute.format(moment) }, ago(moment));
}

/** Update the times inside `root`. */
export function refreshTimes(root) {
  for (const time of root.querySelectorAll("time")) time.textContent = ago(new Date(time.dateTime));
}
