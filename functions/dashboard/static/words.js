import { LANGUAGE, TEXTS } from "./texts.js";

/** The words of this page. Its language was chosen by the server, which gives a page the texts of one language alone. */

const COOKIE = "owlpost-locale";
const YEAR = 365 * 24 * 60 * 60;

/** What writes dates and numbers: the reader's own region, if it is one of the page's language. */
export const LOCALE = [chosen(), ...navigator.languages].find((each) => each && base(each) === base(LANGUAGE)) ?? LANGUAGE;
const plurals = new Intl.PluralRules(LANGUAGE);
const numbers = new Intl.NumberFormat(LOCALE);
const times = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });

/** The text of this key with its placeholders filled. */
export function say(key, values = {}) {
  return filled(TEXTS[key], values);
}

/** The text of this key in the plural form of a number, which is `{n}` in it. */
export function counted(key, number, values = {}) {
  const forms = TEXTS[key];
  return filled(forms[plurals.select(number)] ?? forms.other, { n: numbers.format(number), ...values });
}

/** The text of this key as pieces for `build`: values may be elements. */
export function pieces(key, values) {
  return TEXTS[key].split(/(\{\w+\})/).map((each) => values[each.slice(1, -1)] ?? each);
}

/** Whether there is such a text, as for codes of which only some have one. */
export function known(key) {
  return key in TEXTS;
}

/** The text of this key; `otherwise` if there is none, as for what an installation has added. */
export function sayOr(key, otherwise) {
  return known(key) ? say(key) : otherwise;
}

export function number(value) {
  return numbers.format(value);
}

/** A date with its time. */
export function dateTime(moment) {
  return times.format(moment);
}

/** A name as it stands within a sentence: in English in small letters, in other languages as they write it. */
export function inSentence(name) {
  return LANGUAGE === "en" ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}

/** The locale that the person has chosen, "" if none is known to this browser. */
export function chosen() {
  return document.cookie.match(/(?:^|; )owlpost-locale=([\w-]+)/)?.[1] ?? "";
}

/**
 * Read these pages in the person's own language from now on: the server is told by a cookie. The page is loaded again if it was
 * made in another. A page of a host has its own language, and is left as it is.
 */
export function readIn(locale) {
  const before = chosen();
  if (before === (locale ?? "")) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${COOKIE}=${locale ?? ""}; path=/; samesite=lax${secure}; max-age=${locale ? YEAR : 0}`;
  const { languages } = document.documentElement.dataset;
  if (!languages || chosen() !== (locale ?? "")) return;
  const wanted = locale ? [locale, base(locale), "en"].find((each) => languages.split(" ").includes(each)) : null;
  if (wanted !== LANGUAGE) location.reload();
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function base(locale) {
  return locale.split("-")[0];
}
