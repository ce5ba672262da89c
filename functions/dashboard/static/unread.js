import { request } from "./api.js";

export const EVERY = 30_000;
/** A change that the previous page sent while it was closing may reach the server after our first request. */
const ON_ARRIVAL = 2_000;
const PATH = "/v1/notifications/unread-count";

/**
 * The unread count, which only the server calculates. Dispatches a `change` event; its `polled` is true if the change did
 * not happen on this page. Asks every 30 seconds while the tab is visible.
 */
class UnreadCount extends EventTarget {
  count = null;
  /** How often the response to a change of our own has set the count. */
  said = 0;
  #etag = null;
  #timer = null;
  #started = false;

  start() {
    if (this.#started) return;
    this.#started = true;
    document.addEventListener("visibilitychange", () => this.#resume());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#resume());
    this.#resume(ON_ARRIVAL);
  }

  /** Set the count from the response to a change of our own. */
  set(count) {
    this.said += 1;
    this.#etag = null; // the tag belongs to an older count: a later return to that count would look like no change
    this.#tell(count, false);
  }

  async #resume(again = EVERY) {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    try {
      await this.#poll();
    } catch {
      // the next poll asks again; a person's own actions report their failures
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
    if (said !== this.said) return; // requested before our own change was answered
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
