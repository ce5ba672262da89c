import { connection, isElsewhere } from "./connection.js";
import { adopt, build, define, ghosts } from "./dom.js";
import { EmbeddedElement } from "./embedded-element.js";
import { Messages } from "./messages.js";
import { channelCards } from "./preference-channels.js";
import { languageCard } from "./preference-language.js";
import { PreferenceStore } from "./preference-store.js";
import { timeCards } from "./preference-times.js";
import { TypeCards } from "./preference-types.js";
import { restored, withoutChoices } from "./preference-reset.js";
import { allProjects } from "./projects.js";
import { say } from "./words.js";

const SECTIONS = ["when", "channels", "kinds"];
const DESTINATIONS = "/dashboard/profile/destinations";

/** What reaches the person where and when, as an element for any page: see docs/embed.md. */
class OwlpostPreferences extends EmbeddedElement {
  static observedAttributes = ["sections", "project", "destinations-href"];
  #messages = new Messages();
  #content = build("div", { className: "content" });
  #store = null;
  #projects = [];
  #another = () => this.#load();

  connectedCallback() {
    this.takeToken();
    connection.addEventListener("change", this.#another);
    if (!this.shadowRoot) this.#start();
  }

  disconnectedCallback() {
    connection.removeEventListener("change", this.#another);
  }

  attributeChangedCallback() {
    if (this.#store?.me) this.#draw();
  }

  /** Until it is there, what the page has put inside stands in its place. */
  async #start() {
    const root = this.attachShadow({ mode: "open" });
    root.append(build("slot"));
    await adopt(root, "owlpost-preferences.css");
    if (!this.childElementCount) this.#content.replaceChildren(build("ul", { className: "cards", "aria-busy": "true" }, ...ghosts(5)));
    const loaded = this.#load();
    if (this.childElementCount) await loaded;
    root.replaceChildren(this.#content, build("slot", { name: "footer" }), this.#messages.element);
  }

  async #load() {
    this.#store?.close();
    const store = new PreferenceStore(this.#messages);
    this.#store = store;
    try {
      const [projects] = await Promise.all([allProjects(), store.load()]);
      if (store !== this.#store) return;
      this.#projects = projects;
      this.#draw();
      this.#listen(store);
      this.tell("owlpost-loaded", this.#chosen());
    } catch (error) {
      if (store === this.#store) this.#broken(error.message);
    }
  }

  #listen(store) {
    store.addEventListener("saved", () => this.tell("owlpost-saved", this.#chosen()));
    store.addEventListener("failed", ({ message }) => this.tell("owlpost-not-saved", { message }));
  }

  /** What the person has chosen, as the API has it. */
  #chosen() {
    return { notifications: structuredClone(this.#store.said), locale: this.#store.locale };
  }

  #draw() {
    const wanted = this.getAttribute("sections")?.split(/\s+/) ?? SECTIONS;
    const sections = SECTIONS.filter((name) => wanted.includes(name)).map((name) => this.#section(name));
    this.#content.replaceChildren(...sections, build("div", { className: "choices" }, this.#reset()));
  }

  #section(name) {
    const id = `section-${name}`;
    const heading = build("h2", { id, part: "heading" }, build("slot", { name }, say(`preferences.${name}`)));
    return build("section", { className: "part", part: "section", "aria-labelledby": id }, heading, ...this.#parts(name));
  }

  #parts(name) {
    const store = this.#store;
    if (name === "when") return [build("ul", { className: "cards" }, ...timeCards(store), languageCard(store))];
    if (name === "channels") return [build("ul", { className: "cards" }, ...channelCards(store, this.#destinations)), this.#places()];
    const types = new TypeCards(store, this.#projects, this.getAttribute("project"));
    return [types.chooser, types.element];
  }

  /** At another origin our own pages ask for a sign-in of their own. */
  get #destinations() {
    return this.getAttribute("destinations-href") ?? (isElsewhere ? "" : DESTINATIONS);
  }

  #places() {
    const href = this.#destinations;
    const link = (to, text) => build("a", { className: "link", href: to }, text);
    return build(
      "p",
      { className: "places", hidden: !href && connection.byToken },
      href ? link(href, say("page.destinations")) : null,
      connection.byToken ? null : link("/dashboard/profile/sessions", say("preferences.signed_in")),
    );
  }

  #reset() {
    return build("button", { type: "button", className: "button", part: "reset", onclick: () => this.#takeBack() }, say("preferences.reset"));
  }

  #broken(message) {
    const again = build("button", { type: "button", className: "button", onclick: () => this.#load() }, say("try_again"));
    this.#content.replaceChildren(build("div", { className: "broken" }, build("p", { className: "problem", role: "alert" }, message), again));
  }

  /** Take every choice back. What was chosen can be had again for as long as the message stands. */
  async #takeBack() {
    const store = this.#store;
    const before = structuredClone(store.said);
    const put = (part, done) => store.save(part).then(done, (error) => store.failed(error.message));
    await put(withoutChoices(before), () =>
      this.#messages.say(say("preferences.is_reset"), {
        label: say("bar.undo"),
        run: () => put(restored(before), () => this.#messages.say(say("preferences.is_back"))),
      }),
    );
  }
}

define("owlpost-preferences", OwlpostPreferences);
