// One person: what they would get and why, their devices, their deliveries. And the addresses that get no mail.

import { ago, operate } from "/ask.js";
import { confirm, sentence } from "/confirm.js";
import { logOf } from "/deliveries.js";
import { connected } from "/destinations.js";
import { dataOf } from "/person.js";
import { button, chip, element, field, form, heading, link, number, table, time } from "/parts.js";

const finder = (asked) => form((values) => { location.hash = `#people?${new URLSearchParams(values)}`; },
  field("Person", "user", { value: asked.user ?? "", required: true, placeholder: "address or id" }),
  field("Type", "type", { value: asked.type ?? "feedback.new", required: true }), element("button", { className: "act", textContent: "Look" }));

export async function people(again, asked) {
  if (!asked.user) return [heading("People"), finder(asked), element("p", { className: "nothing", textContent: "Name a person, to see what they would get, and what they got." })];
  try {
    return [heading("People"), finder(asked), ...(await one(asked, again))];
  } catch (error) {
    return [heading("People"), finder(asked), element("p", { className: "failure", textContent: error.message, attributes: { role: "alert" } })];
  }
}

async function one({ user, type }, again) {
  const [explained, { user: person, devices }, places, found, [acts, ...data]] = await Promise.all([
    operate("explain_person", { user, type: type || "feedback.new" }), operate("devices", { user }), connected(user, again), operate("deliveries", { user, since: ago("7d"), limit: 20 }), dataOf(user)]);
  const channels = explained.channels.map((each) => [each.channel, each.sent ? "sent" : "not sent", each.rule, each.explanation]);
  const owned = devices.map((each) => [each.platform, each.environment, `…${each.token_end}`, each.device_model ?? "", time(each.last_seen_at), each.retired_at ? "dead" : "alive"]);
  const got = found.map((each) => [link(`#delivery?id=${each.id}`, each.title || each.id), each.channel, chip(each.status, each.waits_for ?? each.error), time(each.created_at)]);
  return [
    element("p", { className: "quiet", textContent: `${person.name} · ${person.email ?? "no address"} · ${person.id}` }), acts,
    table(`What ${explained.type} would do now`, ["Channel", "", "Rule", "Why"], channels),
    table("Devices", ["Platform", "Environment", "Token", "Model", "Last seen", ""], owned, { nothing: "No device is registered." }),
    places,
    table("Got in seven days", ["Title", "Channel", "Status", "Enqueued"], got, { nothing: "Nothing in seven days." }),
    element("p", {}, link(logOf({ user: person.id }), "All deliveries to this person")), ...data];
}

function release(address, done) {
  const run = async (dry) => (dry ? null : operate("release", { address }));
  const tell = (answer) => sentence(answer
    ? `Mail goes to ${answer.address} again. What was skipped meanwhile stays skipped; the provider keeps a list of its own.`
    : `Mail would go to ${address} again.`);
  return confirm({ title: "Release an address", act: "Release", run, tell, done });
}

export async function addresses(again, { contains }) {
  const { suppressions, next } = await operate("suppressions", { contains, limit: 100 });
  const rows = suppressions.map((each) => [each.address, each.reason, each.detail?.message ?? "", time(each.created_at), button("Release …", () => release(each.address, again), "small")]);
  return [
    heading("Addresses that get no mail"),
    form((values) => { location.hash = `#addresses?${new URLSearchParams(values)}`; },
      field("Contains", "contains", { value: contains ?? "", placeholder: "example.com" }), element("button", { className: "act", textContent: "Filter" })),
    table(`Suppressed addresses${next ? ` (the first ${number(rows.length)})` : ""}`, ["Address", "Reason", "What the provider said", "Since", "Release"], rows,
      { nothing: "Every address gets mail." })];
}
