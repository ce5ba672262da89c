const NAMES = { readState: "show", type: "type", project: "project", team: "team", q: "q" };
const AT = "at";
const PAUSE = 300;

/** The filter and the place in the list, in the address of the page: they survive a reload, Back, and a link to it. */
export class InboxPlace {
  #timer = null;
  #scrolled = () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), PAUSE);
  };
  /** A click may lead away before the pause is over, and a browser does not keep every page. */
  #clicked = () => this.keep();

  /** `top()` returns the id of the topmost row that is to be seen, "" if that is the first; `back()` is called on Back. */
  constructor({ top, back }) {
    Object.assign(this, { top, back });
  }

  start() {
    history.scrollRestoration = "manual";
    addEventListener("popstate", this.back);
    addEventListener("scroll", this.#scrolled, { passive: true });
    addEventListener("click", this.#clicked, true);
  }

  stop() {
    removeEventListener("popstate", this.back);
    removeEventListener("scroll", this.#scrolled);
    removeEventListener("click", this.#clicked, true);
    this.#forget();
  }

  /** The filter that the address names, and only what it names. */
  get filter() {
    const query = new URLSearchParams(location.search);
    return Object.fromEntries(Object.entries(NAMES).flatMap(([key, name]) => (query.get(name) ? [[key, query.get(name)]] : [])));
  }

  get row() {
    return new URLSearchParams(location.search).get(AT) ?? "";
  }

  /** Show this filter in the address: as a new step of the history, or, while somebody types, as the same. */
  go(filter, isTyped) {
    this.#forget();
    const url = this.#address(filter, "");
    if (url === location.pathname + location.search) return;
    if (isTyped) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }

  /** Show the place in the address. */
  keep() {
    this.#forget();
    history.replaceState(null, "", this.#address(this.filter, this.top()));
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #address(filter, at) {
    const query = new URLSearchParams();
    for (const [key, name] of Object.entries(NAMES)) if (filter[key] && filter[key] !== "unread") query.set(name, filter[key]);
    if (at) query.set(AT, at);
    return location.pathname + (query.size ? `?${query}` : "");
  }
}
