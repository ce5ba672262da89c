import { call } from "./api.js";

/** Returns the projects of all pages. */
export async function allProjects() {
  const projects = [];
  let cursor = "";
  do {
    const page = await call("GET", `/v1/projects?${new URLSearchParams({ cursor })}`);
    projects.push(...page.projects);
    cursor = page.cursor;
  } while (cursor);
  return projects;
}
