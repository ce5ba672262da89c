import { connection } from "./connection.js";

/** What all elements for pages of a product have in common: see docs/embed.md. */
export class EmbeddedElement extends HTMLElement {
  /** An async function of the page that returns a token of its login: asked for at first, and whenever one has ended. */
  get getToken() {
    return connection.getToken;
  }

  set getToken(ask) {
    connection.getToken = ask;
  }

  /** A page may have set the property before our script was there: then it hides ours. */
  takeToken() {
    if (!Object.hasOwn(this, "getToken")) return;
    const { getToken } = this;
    delete this.getToken;
    this.getToken = getToken;
  }

  /** Dispatch an event of this element. Returns false if the page has cancelled it. */
  tell(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }
}
