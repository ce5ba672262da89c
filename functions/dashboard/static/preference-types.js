import { build } from "./dom.js";
import { icon } from "./icons.js";
import { buildSwitch, show } from "./switch.js";
import { say } from "./words.js";

/** One row per type and one switch per channel, as in the server's registry: for the news of all projects, or of one. */
export class TypeCards {
  #project;
  #drawn = new AbortController();
  element = build("ul", { className: "cards" });

  /** `project` is the one to begin with, "" for all. */
  constructor(store, projects, project) {
    this.store = store;
    this.#project = projects.some(({ id }) => id === project) ? project : "";
    this.chooser = this.#chooser(projects);
    this.#draw();
  }

  #chooser(projects) {
    const select = build("select", { id: "preference-project", onchange: () => this.#choose(select.value) });
    select.append(
      build("option", { value: "" }, say("bar.all_projects")),
      ...projects.map(({ id, name }) => build("option", { value: id }, name)),
    );
    select.value = this.#project;
    const label = build("label", { htmlFor: select.id }, say("types.for"));
    return build("div", { className: "choice project-choice", hidden: !projects.length }, label, select);
  }

  #choose(project) {
    this.#project = project;
    this.#draw();
  }

  #draw() {
    this.#drawn.abort();
    this.#drawn = new AbortController();
    this.element.replaceChildren(...this.store.types.map((type) => this.#row(type)));
  }

  #row({ type, label, description, channels }) {
    const id = `type-${type}`;
    const reaching = channels.filter(({ channel }) => this.store.reaches(channel));
    const switches = reaching.map((each) => this.#channel(type, label, each));
    return build(
      "li",
      { className: "card preference", part: "card" },
      build("span", { className: "tile" }, icon(type)),
      build("div", { className: "words" }, build("h3", { id }, label), build("p", {}, description)),
      build("div", { className: "channels", role: "group", "aria-labelledby": id }, ...switches),
    );
  }

  #channel(type, typeLabel, { channel, label, default: usual }) {
    const hint = build("small", { className: "hint" });
    const name = `${typeLabel}: ${label}`;
    const choice = this.#project ? ofProject(this.store, this.#project, type, channel) : ofType(this.store, type, channel);
    const toggle = buildSwitch({ label: name, on: choice.read(), ontoggle: (on) => saver.want(on) });
    const saver = this.store.setting(name, {
      ...choice,
      until: this.#drawn.signal,
      show: (on) => {
        show(toggle, on);
        hint.textContent = choice.hint();
      },
    });
    toggle.title = say(usual ? "types.on" : "types.off");
    return build("div", { className: "channel" }, build("span", { className: "label" }, label), toggle, hint);
  }
}

function ofType(store, type, channel) {
  const now = () => store.types.find((each) => each.type === type).channels.find((each) => each.channel === channel);
  return {
    read: () => now().enabled,
    part: (on) => ({ types: { [type]: { [channel]: on } } }),
    hint: () => (now().overridden ? "" : say("types.default")),
  };
}

function ofProject(store, project, type, channel) {
  const all = ofType(store, type, channel);
  const said = () => {
    const own = store.said.projects?.[project];
    return [own?.[type]?.[channel], own?.["*"]?.[channel]].find((each) => typeof each === "boolean");
  };
  return {
    read: () => said() ?? all.read(),
    part: (on) => ({ projects: { [project]: { [type]: { [channel]: on } } } }),
    hint: () => (said() === undefined ? say("types.as_for_all") : ""),
  };
}
