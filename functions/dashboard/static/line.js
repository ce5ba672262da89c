import { call } from "./api.js";
import { connection } from "./connection.js";
import { tabs } from "./tabs.js";

const LOCK = "owlpost-line";
/** API Gateway closes what is silent for ten minutes. */
const PING = 240_000;
const PATIENCE = 10_000;
/** Between two tries: a random part of a time that doubles up to a minute, so that not all pages come back at once. */
const [SHORTEST, LONGEST] = [2_000, 60_000];

/**
 * One line for all tabs of this browser, by which the server says that there is something to ask for. The tab that has the lock
 * holds it; when that tab goes, another gets the lock. Dispatches `nudge`, also when a line has just been opened: what came
 * before is to be asked for. A page does the same without a line, only later.
 */
class Line extends EventTarget {
  #release = null;
  #holds = false;
  #socket = null;
  #provenUntil = 0;
  #wake = () => {};
  #started = false;

  /** Whether something came over the line lately, here or in the tab that holds it. */
  get alive() {
    return Date.now() < this.#provenUntil;
  }

  start() {
    if (this.#started || !navigator.locks || !globalThis.WebSocket) return;
    this.#started = true;
    tabs.hear(({ line }) => line !== undefined && this.#prove(line, true));
    addEventListener("pagehide", () => this.#let(), true); // before the other tabs can no longer be told
    addEventListener("pageshow", ({ persisted }) => persisted && this.#queue());
    connection.addEventListener("change", () => this.#socket?.close()); // it was the line of who was signed in
    addEventListener("online", () => this.#check());
    addEventListener("offline", () => this.#prove(false));
    document.addEventListener("visibilitychange", () => document.hidden || this.#check());
    this.#queue();
  }

  /** A request has failed: the line is worth a look, too. */
  doubt() {
    this.#prove(false);
    this.#check();
  }

  #queue() {
    const held = new Promise((resume) => (this.#release = resume));
    navigator.locks.request(LOCK, () => Promise.race([held, this.#keep(held)])).catch(() => {}); // the page goes on polling
  }

  /** A browser keeps for Back no page that has a lock or a socket. */
  #let() {
    this.#release?.();
    this.#release = null;
    this.#prove(false);
    this.#holds = false;
    this.#socket?.close();
    this.#wake();
  }

  async #keep(held) {
    let released = false;
    held.then(() => (released = true));
    this.#holds = true;
    for (let failures = 0; !released; failures += 1) {
      const answer = await this.#ask();
      if (answer === null || released) return held;
      if (answer && (await this.#hold(answer.url))) failures = 0;
      this.#prove(false);
      if (!released) await this.#pause(Math.random() * Math.min(LONGEST, SHORTEST * 2 ** failures));
    }
  }

  /** Returns a ticket; false if there is none now, null if there are no lines here. Somebody signed out is led to the login. */
  async #ask() {
    try {
      return await call("POST", "/v1/lines");
    } catch ({ status }) {
      return status === 404 ? null : false;
    }
  }

  /** Returns once the line has ended, whether anything came over it. */
  #hold(url) {
    return new Promise((end) => {
      let proven = false;
      const socket = new WebSocket(url);
      this.#socket = socket;
      const pings = setInterval(() => this.#ping(), PING);
      const ended = () => {
        clearInterval(pings);
        if (this.#socket === socket) this.#socket = null;
        end(proven);
      };
      socket.onopen = () => {
        proven = true;
        this.#prove(true);
        this.dispatchEvent(new Event("nudge"));
      };
      socket.onmessage = ({ data }) => {
        this.#prove(true);
        if (data.includes('"nudge"')) this.dispatchEvent(new Event("nudge"));
      };
      socket.onclose = ended;
      socket.abandon = () => {
        socket.onclose = null;
        socket.close();
        ended();
      };
    });
  }

  /** Have the other side prove that it is there; a line that does not is given up, and another one opened. */
  #ping() {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    const late = setTimeout(() => socket.abandon(), PATIENCE);
    socket.addEventListener("message", () => clearTimeout(late), { once: true });
    socket.send('{"action":"ping"}');
  }

  #check() {
    this.#ping();
    this.#wake();
  }

  /** Only the tab that holds the line has something to say about it. */
  #prove(isAlive, isHeard = false) {
    this.#provenUntil = isAlive ? Date.now() + PING + PATIENCE * 2 : 0;
    if (this.#holds && !isHeard) tabs.tell({ line: isAlive });
  }

  #pause(time) {
    return new Promise((resume) => {
      const timer = setTimeout(resume, time);
      this.#wake = () => {
        clearTimeout(timer);
        resume();
      };
    });
  }
}

export const line = new Line();
