/** The change that takes back every choice in `said`: each of its leaves is null. */
export function withoutChoices(said) {
  const { types = {}, channels = {}, projects = {} } = said;
  return {
    types: eachNull(types),
    channels: eachNull(channels),
    projects: eachNull(projects),
    paused_until: null,
    quiet_hours: null,
    email_after_minutes: null,
  };
}

/** The change that brings back what was `said`, where everything was taken back. */
export function restored({ types = {}, channels = {}, projects = {}, ...times }) {
  const kept = ["paused_until", "quiet_hours", "email_after_minutes"].filter((name) => name in times);
  return { types, channels, projects, ...Object.fromEntries(kept.map((name) => [name, times[name]])) };
}

function eachNull(value) {
  if (value === null || typeof value !== "object") return null;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, eachNull(inner)]));
}
