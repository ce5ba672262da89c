import { call } from "./api.js";
import { say } from "./words.js";

/** This browser as a place where its person is told: it subscribes by the key of this site, and says so at each visit. */

const PATH = "/v1/destinations";
const WORKER = "/sw.js";
/** Noted for the tab: one visit is enough. */
const SAID = "owlpost-browser-said";
/** Noted for the browser: the id of its destination. */
const OWN = "owlpost-browser";

/** Whether this browser can be notified at all. On iPhones only a page on the Home Screen can. */
export function canBeNotified() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** Ask the person, subscribe and connect. Must be called by a click. Returns the destination. Raises Error with what to do. */
export async function notifyHere(key) {
  const allowed = await Notification.requestPermission();
  if (allowed !== "granted") throw new Error(say("browser.not_allowed"));
  await navigator.serviceWorker.register(WORKER);
  return connect(await navigator.serviceWorker.ready, key);
}

/** The subscription of this browser, null if it has none. */
export async function subscription() {
  if (!canBeNotified()) return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/**
 * Say again that this browser is there, once a visit: its service may have changed the subscription, and the site its key. What
 * was removed elsewhere, or by another person, stays removed. Asks the server nothing where nobody has subscribed.
 */
export async function sayAgain() {
  if (sessionStorage.getItem(SAID) || !(await subscription())) return;
  sessionStorage.setItem(SAID, "1");
  const [{ channels }, { destinations }] = await Promise.all([call("GET", "/v1/channels"), call("GET", PATH)]);
  const key = channels.find(({ public_key: own }) => own)?.public_key;
  const wanted = key && Notification.permission === "granted" && destinations.some(({ id }) => isThisBrowser(id));
  if (wanted) await connect(await navigator.serviceWorker.ready, key);
  else await forget();
}

/** Whoever signs out is told nothing more here. The server drops the destination with the session. */
export async function forget() {
  sessionStorage.removeItem(SAID);
  localStorage.removeItem(OWN);
  await (await subscription())?.unsubscribe();
}

/** Whether a destination is this browser. */
export function isThisBrowser(id) {
  return localStorage.getItem(OWN) === id;
}

async function connect(registration, key) {
  const known = await registration.pushManager.getSubscription();
  if (known && !isOf(known, key)) await known.unsubscribe();
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  const stated = { channel: "web_push", subscription: made.toJSON(), ...(known ? {} : { label: name() }) };
  const { destination } = await call("POST", PATH, stated);
  localStorage.setItem(OWN, destination.id);
  return destination;
}

function isOf(known, key) {
  const own = known.options?.applicationServerKey;
  return own ? base64url(new Uint8Array(own)) === key.replace(/=+$/, "") : true;
}

function bytes(key) {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function base64url(data) {
  return btoa(String.fromCharCode(...data)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
const SYSTEMS = [["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS", "Mac"], ["Linux", "Linux"]];

/** What the page of destinations calls this browser, as in "Firefox on Linux". */
function name() {
  const found = (table) => table.find(([mark]) => navigator.userAgent.includes(mark))?.[1];
  const [browser, system] = [found(BROWSERS) ?? say("browser.unknown"), found(SYSTEMS)];
  return system ? say("browser.name", { browser, system }) : browser;
}
