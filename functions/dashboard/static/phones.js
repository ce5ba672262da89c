import { call } from "./api.js";
import { build } from "./dom.js";
import { dateTime, known, say } from "./words.js";

const PATH = "/v1/devices";
/** Milliseconds between looks at a test that is on its way, and how many looks. */
const LOOK = 1000;
const LOOKS = 40;

/** The phones that pushes go to, with one test for all of them. */
export class Phones {
  #list = build("ul", { className: "cards", "aria-label": say("phones.title") });
  #nothing = build("p", { className: "lead" }, say("phones.none"));
  #test = build("button", { type: "button", className: "button", onclick: () => this.attempt(() => this.#send()) }, say("phones.test"));

  constructor(messages, attempt) {
    Object.assign(this, { messages, attempt });
    this.element = build("section", { className: "part", "aria-labelledby": "phones" }, build("h2", { id: "phones" }, say("phones.title")), this.#nothing, this.#list, build("div", { className: "choices" }, this.#test));
  }

  async load() {
    const { devices, last_test: last } = await call("GET", PATH);
    this.#list.replaceChildren(...devices.map((device) => this.#card(device)));
    this.#nothing.hidden = devices.length > 0;
    this.#list.hidden = this.#test.hidden = devices.length === 0;
    return last;
  }

  #card({ id, platform, device_model: model, last_seen_at: seen }) {
    const name = model ?? say(`phones.${platform}`);
    const forget = () => this.attempt(() => this.#forget(id, name));
    return build(
      "li",
      { className: "card" },
      build("div", { className: "words" }, build("h3", { dir: "auto" }, name), build("p", {}, say("phones.seen", { time: dateTime(new Date(seen)) }))),
      build("button", { type: "button", className: "button", "aria-label": say("phones.forget_named", { name }), onclick: forget }, say("phones.forget")),
    );
  }

  async #forget(id, name) {
    await call("DELETE", `${PATH}/${id}`);
    await this.load();
    this.messages.say(say("phones.forgotten", { name }));
    (this.#list.querySelector("button") ?? this.element.querySelector("h2")).focus();
  }

  async #send() {
    await call("POST", `${PATH}/test`);
    this.messages.say(say("phones.on_its_way"));
    for (let look = 0; look < LOOKS; look += 1) {
      const { status, error } = await this.load();
      if (status === "sent") return this.messages.say(say("phones.reached"));
      if (status !== "pending") return this.messages.warn(say("phones.not_reached", { reason: reason(error) }));
      await new Promise((resume) => setTimeout(resume, LOOK));
    }
    this.messages.warn(say("phones.still"));
  }
}

function reason(code) {
  return known(`phones.${code}`) ? say(`phones.${code}`) : (code ?? say("phones.not_sent"));
}
