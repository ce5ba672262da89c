// The console: a tab by the hash of the address, asked anew every few seconds while somebody looks at it.

import { place } from "/ask.js";
import { deliveries, delivery } from "/deliveries.js";
import { faults } from "/faults.js";
import { holds } from "/holds.js";
import { journal } from "/journal.js";
import { letters } from "/letters.js";
import { now } from "/now.js";
import { failure } from "/parts.js";
import { addresses, people } from "/people.js";
import { requests } from "/requests.js";

const TABS = { now, deliveries, delivery, requests, "dead-letters": letters, holds, people, addresses, journal, faults };
// Tabs that ask anew by themselves. A form or a story would lose what somebody is reading or writing.
const LIVE = new Set(["now"]);
const SECONDS = { laptop: 2, aws: 10 };

const find = (selector) => document.querySelector(selector);
const state = { seconds: SECONDS.aws, place: "", turn: 0, shown: "" };

function whereTo() {
  const [name, query = ""] = location.hash.slice(1).split("?");
  return { name: name in TABS ? name : "now", asked: Object.fromEntries(new URLSearchParams(query)) };
}

function tell(sentence, warn = false) {
  find("#state").textContent = sentence;
  find("#state").classList.toggle("warn", warn);
}

function mark(name) {
  for (const each of document.querySelectorAll("nav a[href^='#']")) {
    if (each.hash === `#${name === "delivery" ? "deliveries" : name}`) {
      each.setAttribute("aria-current", "page");
      each.scrollIntoView({ block: "nearest", inline: "center" });
    } else each.removeAttribute("aria-current");
  }
}

// Only the newest of several questions is shown; what is focused or scrolled stays so where the tab is the same.
async function show() {
  const { name, asked } = whereTo();
  const turn = (state.turn += 1);
  mark(name);
  try {
    const content = await TABS[name](show, asked);
    if (turn !== state.turn) return;
    put(content, location.hash);
    const live = `Live: asks every ${state.seconds} s while this tab is visible`;
    const awake = state.seconds === SECONDS.aws ? ", which keeps the database awake" : "";
    tell(`${state.place}. ${LIVE.has(name) ? `${live}${awake}.` : "Asked once: reload or choose a tab to ask again."}`);
  } catch (error) {
    if (turn !== state.turn) return;
    if (state.shown !== location.hash) put([failure(error)], location.hash);
    tell(error.message, true);
  }
}

const FOCUSABLE = "a, button, input, select, summary, [tabindex]";

// What is the same stays as it is: nothing moves, and what is selected, scrolled or focused stays so.
function put(content, shown) {
  const main = find("main");
  const stays = state.shown === shown && main.children.length === content.length;
  if (stays) {
    for (const [place, fresh] of content.entries()) replace(main.children[place], fresh);
  } else {
    main.replaceChildren(...content);
    main.scrollTop = 0;
    if (state.shown && state.shown !== shown) main.focus({ preventScroll: true });
  }
  state.shown = shown;
}

function replace(old, fresh) {
  if (old.outerHTML === fresh.outerHTML) return;
  const focused = [old, ...old.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const across = old.scrollLeft;
  old.replaceWith(fresh);
  fresh.scrollLeft = across;
  if (focused >= 0) [fresh, ...fresh.querySelectorAll(FOCUSABLE)][focused]?.focus({ preventScroll: true });
}

// Nobody looks at a hidden tab, so nothing is asked for it: a database that rests is not woken.
async function keepLooking() {
  await new Promise((done) => { setTimeout(done, state.seconds * 1000); });
  if (!document.hidden && LIVE.has(whereTo().name) && !find("#dialog").open) await show();
  keepLooking();
}

async function begin() {
  try {
    const { place: words, mailbox } = await place();
    state.place = words;
    state.seconds = mailbox ? SECONDS.laptop : SECONDS.aws;
    find("nav [href='#faults']").hidden = !mailbox;
    if (mailbox) Object.assign(find("#mailbox"), { href: mailbox, hidden: false });
  } catch (error) {
    tell(error.message, true);
  }
  await show();
  keepLooking();
}

addEventListener("hashchange", show);
document.addEventListener("visibilitychange", () => { if (!document.hidden && LIVE.has(whereTo().name)) show(); });
begin();
