import { call } from "./api.js";
import { me } from "./me.js";
import { Saver } from "./saver.js";
import { Tabs } from "./tabs.js";
import { say } from "./words.js";

/**
 * The person's choices, kept in step with the server and with the other tabs of this browser. `change` tells of news, `saved` of
 * what was changed here, `failed` of what could not be.
 */
export class PreferenceStore extends EventTarget {
  #tabs = new Tabs("owlpost-preferences");
  #left = false;

  constructor(messages) {
    super();
    this.messages = messages;
    this.#tabs.hear(() => this.#again());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#again());
  }

  /** Channels that nothing is connected for. */
  #unconnected = new Set();

  /** Nobody looks at it any more. */
  close() {
    this.#left = true;
  }

  async load() {
    const [answer, { destinations }] = await Promise.all([me(), call("GET", "/v1/destinations")]);
    const connected = new Set(destinations.map(({ channel }) => channel));
    const missing = answer.notification_channels.filter(({ reach, channel }) => reach === "destinations" && !connected.has(channel));
    this.#unconnected = new Set(missing.map(({ channel }) => channel));
    this.#take(answer);
  }

  /** Whether the channel can reach the person: there is a mailbox, a phone or an inbox, or they connected something. */
  reaches(channel) {
    return !this.#unconnected.has(channel);
  }

  /** Change a part of what was chosen; null takes a choice back. Raises ApiError. */
  async save(part) {
    this.#take(await call("PATCH", "/v1/auth/me", { preferences: { notifications: part } }));
    this.#tabs.tell("changed");
    this.dispatchEvent(new Event("saved"));
  }

  /** Say that something could not be saved. */
  failed(...message) {
    this.messages.warn(...message);
    this.dispatchEvent(Object.assign(new Event("failed"), { message: message[0] }));
  }

  /** The language that the person has chosen, "" if none. */
  get locale() {
    return this.me.user.preferences.locale ?? "";
  }

  /** Choose a language; "" takes the choice back. Raises ApiError. */
  async saveLocale(locale) {
    this.#take(await call("PATCH", "/v1/auth/me", { preferences: { locale: locale || null } }));
    this.dispatchEvent(new Event("saved"));
  }

  /** What the person said, as it is stored. */
  get said() {
    return this.me.user.preferences.notifications ?? {};
  }

  get types() {
    return this.me.notification_types;
  }

  get channels() {
    return this.me.notification_channels;
  }

  /**
   * A setting with this name: `read()` is its value now, `part(value)` what saves another, `show(value)` displays it. It lives
   * until the signal `until`, if there is one.
   */
  setting(name, { read, part, show, until }) {
    const saver = new Saver(read(), {
      save: (value) => this.save(part(value)),
      show,
      saved: () => {
        show(read());
        this.messages.say(say("saved"));
      },
      failed: (error, wanted) =>
        this.failed(say("not_saved", { name, reason: error.message }), {
          label: say("try_again"),
          run: () => saver.want(wanted),
        }),
    });
    this.addEventListener("change", () => saver.settle(read()), { signal: until });
    show(read());
    return saver;
  }

  #take(answer) {
    this.me = answer;
    this.dispatchEvent(new Event("change"));
  }

  /** Another tab has changed something: show it here, or show it at the next visit if the server is away. */
  async #again() {
    if (this.#left) return;
    try {
      this.#take(await call("GET", "/v1/auth/me"));
    } catch {
      // this tab shows what it knew; whatever it saves is merged by the server
    }
  }
}
