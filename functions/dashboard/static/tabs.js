/**
 * What the tabs of this browser tell each other, by the name of what it is about. A page that is left tells and hears nothing: the
 * browser would not keep it for Back if it heard what the next page tells. Who hears has to ask anew when such a page is back.
 */
export class Tabs {
  #channel = null;
  #listeners = [];

  constructor(name) {
    this.#open(name);
    addEventListener("pagehide", () => this.#close());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#open(name));
  }

  /** Tell all other tabs. */
  tell(message) {
    this.#channel?.postMessage(message);
  }

  /** Hear what other tabs tell. */
  hear(listener) {
    this.#listeners.push(listener);
  }

  #open(name) {
    if (!globalThis.BroadcastChannel) return;
    this.#close();
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#listeners.forEach((listener) => listener(data));
  }

  #close() {
    this.#channel?.close();
    this.#channel = null;
  }
}

/** About the unread count and the line. */
export const tabs = new Tabs("owlpost");
