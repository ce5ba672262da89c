import { build, ghosts } from "./dom.js";
import { Messages } from "./messages.js";
import { channelCards } from "./preference-channels.js";
import { PreferenceStore } from "./preference-store.js";
import { timeCards } from "./preference-times.js";
import { TypeCards } from "./preference-types.js";
import { restored, withoutChoices } from "./preference-reset.js";
import { allProjects } from "./projects.js";

/** What reaches the person where and when: of all news, by channel, and by type for all projects or for one. */
class OwlpostPreferences extends HTMLElement {
  #messages = new Messages();
  #store = new PreferenceStore(this.#messages);

  async connectedCallback() {
    if (this.list) return;
    this.list = build("ul", { className: "cards", "aria-busy": "true" }, ...ghosts(5));
    this.append(this.list, this.#messages.element);
    try {
      const [projects] = await Promise.all([allProjects(), this.#store.load()]);
      this.list.replaceWith(...this.#sections(projects));
    } catch (error) {
      this.list.replaceWith(build("p", { className: "problem", role: "alert" }, error.message));
    }
  }

  #sections(projects) {
    const types = new TypeCards(this.#store, projects);
    return [
      section("When", build("ul", { className: "cards" }, ...timeCards(this.#store))),
      section("Channels", build("ul", { className: "cards" }, ...channelCards(this.#store)), places()),
      section("Kinds of news", types.chooser, types.element),
      build("div", { className: "choices" }, this.#reset()),
    ];
  }

  #reset() {
    return build("button", { type: "button", className: "button", onclick: () => this.#forget() }, "Back to the defaults");
  }

  /** Take every choice back. What was chosen can be had again for as long as the message stands. */
  async #forget() {
    const before = structuredClone(this.#store.said);
    const put = (part, done) => this.#store.save(part).then(done, (error) => this.#messages.warn(error.message));
    await put(withoutChoices(before), () =>
      this.#messages.say("Everything is as it is by default.", {
        label: "Undo",
        run: () => put(restored(before), () => this.#messages.say("Your choices are back.")),
      }),
    );
  }
}

function section(title, ...content) {
  const id = `section-${title.toLowerCase().replaceAll(" ", "-")}`;
  return build("section", { className: "part", "aria-labelledby": id }, build("h2", { id }, title), ...content);
}

function places() {
  const link = (href, text) => build("a", { className: "link", href }, text);
  return build(
    "p",
    { className: "places" },
    link("/dashboard/profile/destinations", "Where you are reached"),
    link("/dashboard/profile/sessions", "Where you are signed in"),
  );
}

customElements.define("owlpost-preferences", OwlpostPreferences);
