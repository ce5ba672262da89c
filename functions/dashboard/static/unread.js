import { request } from "./api.js";
import { connection } from "./connection.js";
import { line } from "./line.js";
import { tabs } from "./tabs.js";

export const EVERY = 30_000;
/** While the line is proven to be alive it tells what changes; what comes due by itself, as after a snooze, is asked for. */
const BESIDE_LINE = 60_000;
/** Tabs that only listen ask this much later, so that the one that asks goes on asking for all. */
const LISTENING = 2_000;
/** A change that the previous page sent while it was closing may reach the server after our first request. */
const ON_ARRIVAL = 2_000;
/** Nudges within this time are one; of many people who are nudged at once not all ask at once. */
const SPREAD = 500;
const PATH = "/v1/notifications/unread-count";

/**
 * The unread count, which only the server calculates. Dispatches a `change` event; its `polled` is true if the change did
 * not happen on this page. One visible tab asks for all tabs, every 30 seconds, and at once when the line says so.
 */
class UnreadCount extends EventTarget {
  count = null;
  /** How often the response to a change of our own has set the count. */
  said = 0;
  #heard = 0;
  #etag = null;
  #timer = null;
  #nudged = null;
  #started = false;
  /** Something changed while nobody looked. */
  #missed = false;

  start() {
    if (this.#started) return;
    this.#started = true;
    document.addEventListener("visibilitychange", () => this.#resume());
    addEventListener("online", () => this.#resume());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#resume());
    tabs.hear((told) => told.count !== undefined && this.#hear(told));
    line.addEventListener("nudge", () => this.#nudge());
    connection.addEventListener("change", () => this.#another());
    this.#resume(ON_ARRIVAL);
  }

  /** Another person may have signed in: their count is asked for. */
  #another() {
    this.#heard += 1;
    this.#etag = null;
    this.#tell(null, false);
    this.#resume();
  }

  /** Set the count from the response to a change of our own. */
  set(count) {
    this.said += 1;
    this.#etag = null; // the tag belongs to an older count: a later return to that count would look like no change
    this.#tell(count, false);
    tabs.tell({ count, changed: true });
  }

  /** A list could not follow the last change: the next poll tells of it again, whether or not it finds another. */
  untold() {
    this.#missed = true;
  }

  /** Another tab has asked, or changed something. */
  #hear({ count, changed }) {
    if (changed) this.#heard += 1;
    if (count !== this.count) this.#etag = null;
    this.#tell(count, true, changed);
    this.#later(LISTENING);
  }

  #nudge() {
    this.#nudged ??= setTimeout(async () => {
      this.#nudged = null;
      await this.#ask();
      this.#later();
    }, Math.random() * SPREAD);
  }

  async #resume(again = null) {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    if (this.#missed) this.#tell(this.count, true, true);
    await this.#ask();
    this.#later(0, again);
  }

  async #ask() {
    try {
      await this.#poll();
    } catch {
      line.doubt(); // the next poll asks again; a person's own actions report their failures
    }
  }

  #later(more = 0, again = null) {
    clearTimeout(this.#timer);
    const every = again ?? (line.alive ? BESIDE_LINE : EVERY);
    if (!document.hidden) this.#timer = setTimeout(() => this.#resume(), every + more);
  }

  async #poll() {
    const before = this.said + this.#heard;
    const response = await request("GET", PATH, undefined, {
      headers: this.#etag ? { "if-none-match": this.#etag } : {},
    });
    const { count, lines } = response.status === 304 ? this : await response.json();
    if (lines) line.start();
    if (before !== this.said + this.#heard) return this.#poll(); // requested before a change was answered
    if (response.status !== 304) this.#etag = response.headers.get("etag");
    this.#tell(count, true);
    tabs.tell({ count });
  }

  #tell(count, polled, always = false) {
    const changed = count !== this.count || always;
    const first = this.count === null;
    this.count = count;
    if (!changed) return;
    const missed = polled && !first && document.hidden;
    if (polled) this.#missed = missed;
    this.dispatchEvent(Object.assign(new Event("change"), { polled: polled && !first && !missed }));
  }
}

export const unread = new UnreadCount();

/** `99+` past 99. */
export function short(count) {
  return count > 99 ? "99+" : String(count);
}
