import { call } from "./api.js";
import { build, ghosts } from "./dom.js";
import { icon } from "./icons.js";
import { me } from "./me.js";
import { Messages } from "./messages.js";
import { Saver } from "./saver.js";
import { buildSwitch, show } from "./switch.js";

/** One row per type and one switch per channel, as in the server's registry. */
class OwlpostPreferences extends HTMLElement {
  #messages = new Messages();

  async connectedCallback() {
    if (this.list) return;
    this.list = build("ul", { className: "cards", "aria-busy": "true" }, ...ghosts(5));
    this.append(this.list, this.#messages.element);
    try {
      const { notification_types: types } = await me();
      this.list.replaceChildren(...types.map((type) => this.#row(type)));
    } catch (error) {
      this.list.replaceWith(build("p", { className: "problem", role: "alert" }, error.message));
    }
    this.list.setAttribute("aria-busy", "false");
  }

  #row({ type, label, description, channels }) {
    const id = `type-${type}`;
    const switches = channels.map((each) => this.#channel(type, label, each));
    return build(
      "li",
      { className: "card preference" },
      build("span", { className: "tile" }, icon(type)),
      build("div", { className: "words" }, build("h2", { id }, label), build("p", {}, description)),
      build("div", { className: "channels", role: "group", "aria-labelledby": id }, ...switches),
    );
  }

  #channel(type, typeLabel, { channel, label, enabled, overridden, default: usual }) {
    const hint = build("small", { className: "hint", hidden: overridden }, "default");
    const name = `${typeLabel}: ${label}`;
    const toggle = buildSwitch({ label: name, on: enabled, ontoggle: (on) => saver.want(on) });
    const saver = new Saver(enabled, {
      save: async (on) => {
        const answer = await save(type, channel, on);
        hint.hidden = chosen(answer, type, channel).overridden;
      },
      show: (on) => show(toggle, on),
      failed: (error) => this.#messages.warn(`“${name}” could not be saved, so it is as it was. ${error.message}`),
    });
    toggle.title = usual ? "On by default" : "Off by default";
    return build("div", { className: "channel" }, build("span", { className: "label" }, label), toggle, hint);
  }
}

/** Sends only the changed choice, so that two tabs do not overwrite each other. */
function save(type, channel, on) {
  return call("PATCH", "/v1/auth/me", { preferences: { notifications: { types: { [type]: { [channel]: on } } } } });
}

function chosen(answer, type, channel) {
  const { channels } = answer.notification_types.find((each) => each.type === type);
  return channels.find((each) => each.channel === channel);
}

customElements.define("owlpost-preferences", OwlpostPreferences);
