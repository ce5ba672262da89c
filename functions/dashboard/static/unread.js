import { request } from "./api.js";

export const EVERY = 30_000;
/** What the page before this one changed on its way out may reach the server after our first question. */
const ON_ARRIVAL = 2_000;
const PATH = "/v1/notifications/unread-count";

/**
 * How many are unread, by the server's word alone. Tells with a `change` event; its `polled` says that nobody here did
 * anything, so something happened elsewhere. Asks every 30 seconds, and not at all in a tab that nobody sees.
 */
class UnreadCount extends EventTarget {
  count = null;
  /** How often the answer to a change of ours has set the count. */
  said = 0;
  #etag = null;
  #timer = null;
  #started = false;

  start() {
    if (this.#started) return;
    this.#started = true;
    document.addEventListener("visibilitychange", () => this.#resume());
    this.#resume(ON_ARRIVAL);
  }

  /** What the answer to a change of ours said. */
  set(count) {
    this.said += 1;
    this.#etag = null; // it stands for an older count, and would make a later change back to that look like none
    this.#tell(count, false);
  }

  async #resume(again = EVERY) {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    try {
      await this.#poll();
    } catch {
      // the next round asks again; what people do themselves tells them when it fails
    }
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.#resume(), again);
  }

  async #poll() {
    const said = this.said;
    const response = await request("GET", PATH, undefined, {
      headers: this.#etag ? { "if-none-match": this.#etag } : {},
    });
    if (response.status === 304) return;
    const { count } = await response.json();
    if (said !== this.said) return; // asked before a change was answered
    this.#etag = response.headers.get("etag");
    this.#tell(count, true);
  }

  #tell(count, polled) {
    const changed = count !== this.count;
    const first = this.count === null;
    this.count = count;
    if (changed) this.dispatchEvent(Object.assign(new Event("change"), { polled: polled && !first }));
  }
}

export const unread = new UnreadCount();

/** `99+` past 99. */
export function short(count) {
  return count > 99 ? "99+" : String(count);
}
