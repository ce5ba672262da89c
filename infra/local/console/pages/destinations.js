// What a person has connected and how it fares; what is dead is brought back.

import { operate } from "/ask.js";
import { confirm, sentence } from "/confirm.js";
import { button, chip, table, time } from "/parts.js";

function revive(found, done) {
  const run = async (dry) => (dry ? null : operate("revive", { id: found.id }));
  const tell = (answer) => sentence(answer
    ? `${answer.label} is ${answer.state} again. What was skipped meanwhile stays skipped; what failed can be sent again.`
    : `${found.label} would be ${found.verified_at ? "live" : "unverified"} again.`);
  return confirm({ title: "Revive a destination", act: "Revive", run, tell, done });
}

const fault = (found) => (found.last_error ? `${found.last_error_means} (${found.last_error})` : "");

export async function connected(owner, again) {
  const { destinations } = await operate("destinations", { owner });
  const rows = destinations.map((each) => [
    each.label, each.channel, chip(each.state), time(each.last_ok_at), fault(each), time(each.failing_since),
    each.state === "dead" ? button("Revive …", () => revive(each, again), "small") : null]);
  return table("Destinations", ["Label", "Channel", "State", "Last success", "Last error", "Failing since", "Revive"], rows, { nothing: "Nothing is connected." });
}
