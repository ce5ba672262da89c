import { build } from "./dom.js";
import { Saver } from "./saver.js";
import { LANGUAGES } from "./texts.js";
import { readIn, say } from "./words.js";

/** Whether this is a page of ours: one of a product has a language of its own. */
const isOwn = "languages" in document.documentElement.dataset;

/** The language of the pages, of mails and of notifications: one for which there are words, or whatever the browser asks for. */
export function languageCard(store) {
  const choose = build("select", { id: "language", onchange: () => saver.want(choose.value) });
  const known = LANGUAGES.includes(store.locale) || !store.locale ? LANGUAGES : [store.locale, ...LANGUAGES];
  choose.append(build("option", { value: "" }, say("preferences.language.browser")), ...known.map(option));
  const saver = new Saver(store.locale, {
    save: (locale) => store.saveLocale(locale),
    show: (locale) => (choose.value = locale),
    saved: () => isOwn && readIn(store.locale || undefined),
    failed: (error) => store.failed(say("not_saved", { name: say("preferences.language"), reason: error.message })),
  });
  choose.value = store.locale;
  const words = build("p", {}, say(isOwn ? "preferences.language.words" : "preferences.language.elsewhere"));
  const label = build("label", { htmlFor: choose.id, className: "hidden-text" }, say("preferences.language"));
  const top = build("div", { className: "words" }, build("h3", {}, say("preferences.language")), words);
  return build("li", { className: "card timed", part: "card" }, top, build("div", { className: "choice" }, label, choose));
}

/** A language by the name that it gives itself. */
function option(locale) {
  const name = new Intl.DisplayNames(locale, { type: "language" }).of(locale);
  return build("option", { value: locale, lang: locale }, name.charAt(0).toLocaleUpperCase(locale) + name.slice(1));
}
