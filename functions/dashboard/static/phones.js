import { call } from "./api.js";
import { build } from "./dom.js";

const PATH = "/v1/devices";
/** Milliseconds between looks at a test that is on its way, and how many looks. */
const LOOK = 1000;
const LOOKS = 40;
const SYSTEMS = { ios: "iPhone or iPad", android: "Android" };

/** The phones that pushes go to, with one test for all of them. */
export class Phones {
  #list = build("ul", { className: "cards", "aria-label": "Phones" });
  #nothing = build("p", { className: "lead" }, "None yet: sign in to the app on a phone, and allow it to notify you.");
  #test = build("button", { type: "button", className: "button", onclick: () => this.attempt(() => this.#send()) }, "Send a test to all phones");

  constructor(messages, attempt) {
    Object.assign(this, { messages, attempt });
    this.element = build("section", { className: "part", "aria-labelledby": "phones" }, build("h2", { id: "phones" }, "Phones"), this.#nothing, this.#list, build("div", { className: "choices" }, this.#test));
  }

  async load() {
    const { devices, last_test: last } = await call("GET", PATH);
    this.#list.replaceChildren(...devices.map((device) => this.#card(device)));
    this.#nothing.hidden = devices.length > 0;
    this.#list.hidden = this.#test.hidden = devices.length === 0;
    return last;
  }

  #card({ id, platform, device_model: model, last_seen_at: seen }) {
    const name = model ?? SYSTEMS[platform] ?? platform;
    const forget = () => this.attempt(() => this.#forget(id, name));
    return build(
      "li",
      { className: "card" },
      build("div", { className: "words" }, build("h3", { dir: "auto" }, name), build("p", {}, `Last seen ${new Date(seen).toLocaleString()}`)),
      build("button", { type: "button", className: "button", "aria-label": `Forget ${name}`, onclick: forget }, "Forget"),
    );
  }

  async #forget(id, name) {
    await call("DELETE", `${PATH}/${id}`);
    await this.load();
    this.messages.say(`${name} is forgotten: no push goes there any more.`);
    (this.#list.querySelector("button") ?? this.element.querySelector("h2")).focus();
  }

  async #send() {
    await call("POST", `${PATH}/test`);
    this.messages.say("The test is on its way to your phones.");
    for (let look = 0; look < LOOKS; look += 1) {
      const { status, error } = await this.load();
      if (status === "sent") return this.messages.say("The test has reached your phones.");
      if (status !== "pending") return this.messages.warn(`The test did not reach your phones: ${reason(error)}.`);
      await new Promise((resume) => setTimeout(resume, LOOK));
    }
    this.messages.warn("The test is still on its way.");
  }
}

const REASONS = {
  no_live_device: "their app is gone from them, or signed out",
  no_device: "there is none any more",
  no_apns_key: "this installation cannot send to Apple's phones",
  no_fcm_key: "this installation cannot send to Android phones",
};

function reason(code) {
  return REASONS[code] ?? code ?? "it was not sent";
}
