import { call } from "./api.js";
import { build, ghosts } from "./dom.js";
import { me } from "./me.js";
import { Messages } from "./messages.js";
import { allProjects } from "./projects.js";
import { Saver } from "./saver.js";
import { say } from "./words.js";

const FREQUENCIES = [
  ["", say("projects.default")],
  ["none", say("projects.none")],
  ["hourly", say("projects.hourly")],
  ["6_hourly", say("projects.6_hourly")],
  ["daily", say("projects.daily")],
  ["weekly", say("projects.weekly")],
];
const MAY_CHANGE = new Set(["owner", "admin"]);

/** How often each project sends a digest of its issues. Members see it; owners and admins can change it. */
class OwlpostProjects extends HTMLElement {
  #messages = new Messages();

  async connectedCallback() {
    if (this.list) return;
    this.list = build("ul", { className: "cards", "aria-busy": "true" }, ...ghosts(2));
    this.replaceChildren(this.list, this.#messages.element);
    try {
      const [projects, { teams }] = await Promise.all([allProjects(), me()]);
      const teamOf = new Map(teams.map((team) => [team.id, team]));
      this.list.replaceChildren(...projects.map((project) => this.#row(project, teamOf.get(project.team_id))));
      if (!projects.length) this.list.replaceWith(build("p", { className: "nothing" }, say("projects.empty")));
    } catch (error) {
      this.list.replaceWith(build("p", { className: "problem", role: "alert" }, error.message));
    }
    this.list.setAttribute("aria-busy", "false");
  }

  #row({ id, name, issue_alert_frequency: frequency }, team) {
    const may = MAY_CHANGE.has(team?.role);
    const select = build("select", { id: `frequency-${id}`, disabled: !may, onchange: () => saver.want(select.value) });
    select.append(...FREQUENCIES.map(([value, label]) => build("option", { value }, label)));
    select.value = frequency ?? "";
    const saver = new Saver(select.value, {
      save: (value) => call("PATCH", `/v1/projects/${id}`, { issue_alert_frequency: value || null }),
      show: (value) => (select.value = value),
      failed: (error) => this.#messages.warn(say("not_saved", { name, reason: error.message })),
    });
    const hint = may ? null : build("small", { className: "hint" }, say("projects.hint"));
    return build(
      "li",
      { className: "card project" },
      build("div", { className: "words" }, build("h2", {}, name), build("p", {}, team?.name ?? "")),
      build("div", { className: "choice" }, build("label", { htmlFor: select.id }, say("projects.digest")), select, hint),
    );
  }
}

customElements.define("owlpost-projects", OwlpostProjects);
