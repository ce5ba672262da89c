import { me } from "./me.js";
import { allProjects } from "./projects.js";

/** Give the list and the filters their names. Resolves with the types, which come before the first rows. */
export async function learnNames(list, bar) {
  learnProjects(list, bar);
  try {
    const { notification_types: types, teams } = await me();
    list.nameTypes(types);
    bar.list("type", types.map(({ type, label }) => [type, label]));
    bar.list("team", teams.map(({ id, name }) => [id, name]));
  } catch {
    // the list shows the types' keys instead of their names, and its own requests report what is wrong
  }
}

async function learnProjects(list, bar) {
  try {
    const projects = await allProjects();
    bar.list("project", projects.map(({ id, name }) => [id, name]));
    list.nameProjects(projects);
  } catch {
    // folds are shown without the name of their project
  }
}
