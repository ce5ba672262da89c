import { say } from "./words.js";

/** Where our scripts come from: there the API is as well. No attribute says it, so no markup can lead a token elsewhere. */
const HOME = new URL(import.meta.url).origin;
/** A page that has no token for so long has nobody who is signed in. */
const PATIENCE = 20_000;
/** A page says by this event that somebody has signed in, perhaps another person. */
const SIGNED_IN = "owlpost-signed-in";

/** Whether this page is of another origin than our scripts. */
export const isElsewhere = HOME !== location.origin;

/** Return the address of a path of Owlpost for this page. */
export function homeAddress(path) {
  return isElsewhere ? HOME + path : path;
}

/** Nobody is signed in at this page. */
export class NoToken extends Error {}

/**
 * As whom the elements of this page ask: by the session's cookie, or with a token of the page's own login, which `getToken`
 * returns. From another origin there is only the token. It is kept in this module alone: not in the DOM, in no storage.
 * Dispatches `change` when the page says that somebody has signed in.
 */
class Connection extends EventTarget {
  #getToken = null;
  #token = null;
  #asking = null;
  #signIns = 0;
  #told = false;
  #hand = () => {};
  #handed = new Promise((resume) => (this.#hand = resume));

  constructor() {
    super();
    document.addEventListener(SIGNED_IN, () => this.#forget());
  }

  get byToken() {
    return isElsewhere || this.#getToken !== null;
  }

  get getToken() {
    return this.#getToken;
  }

  /** A page may hand over a new function whenever it draws itself: the token that it returned before is still good. */
  set getToken(ask) {
    if (ask && typeof ask !== "function") throw new TypeError("getToken");
    this.#getToken = ask ?? null;
    if (ask) this.#hand();
  }

  /** Returns the token to ask with; null where the cookie serves. One that has `ended` is asked for anew. Raises NoToken. */
  async token(ended = null) {
    if (!this.byToken) return null;
    if (ended !== null && ended === this.#token) this.#token = null;
    if (this.#token !== null) return this.#token;
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  /** What was asked for before another person signed in is not kept. */
  async #ask() {
    const since = this.#signIns;
    try {
      const token = await this.#ofThePage();
      if (since === this.#signIns) this.#token = token;
      return token;
    } finally {
      if (since === this.#signIns) this.#asking = null;
    }
  }

  async #ofThePage() {
    await Promise.race([this.#handed, new Promise((resume) => setTimeout(resume, PATIENCE))]);
    const token = await this.#getToken?.();
    if (!token) throw new NoToken(say("api.signed_out"));
    return token;
  }

  /** Nobody is signed in: tell the page so, once for all that asks. */
  tellSignedOut() {
    if (this.#told) return;
    this.#told = true;
    document.dispatchEvent(new CustomEvent("owlpost-signed-out", { cancelable: true }));
  }

  /** The API has taken the token. */
  accepted() {
    this.#told = false;
  }

  #forget() {
    this.#signIns += 1;
    this.#told = false;
    this.#token = null;
    this.#asking = null;
    this.dispatchEvent(new Event("change"));
  }
}

export const connection = new Connection();
