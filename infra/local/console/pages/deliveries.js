// The delivery log with its filters, the story of one delivery, and driving failed ones again.

import { ago, operate } from "/ask.js";
import { confirm, sentence } from "/confirm.js";
import { button, chip, element, field, form, heading, link, number, table, time } from "/parts.js";
import { content } from "/content.js";

const STATUSES = ["", "pending", "sent", "failed", "skipped", "started"];
const FILTERS = ["channel", "status", "type", "error", "user", "request_id"];

export const logOf = (filters) => `#deliveries?${new URLSearchParams(Object.entries(filters).filter(([, value]) => value))}`;

export function redrive(selection, done) {
  const tell = (answer) => {
    const were = answer.dry_run ? "would be" : "were";
    const rows = answer.groups.map((each) => [each.channel, each.type, each.error, each.skip ? `skipped: ${each.skip}` : "sent again", number(each.deliveries)]);
    const refused = Object.entries(answer.refused).map(([reason, count]) => sentence(`Refused: ${number(count)} that are ${reason.replace("_", " ")}.`));
    return element("div", {}, sentence(`${number(answer.redriven)} deliveries ${were} sent again, ${number(answer.skipped)} skipped.`),
      table("By error", ["Channel", "Type", "Error", "Outcome", "Deliveries"], rows, { numeric: [4] }), ...refused);
  };
  return confirm({ title: "Send failed deliveries again", act: "Send again", run: (dry) => operate("redrive", { ...selection, dry_run: dry }), tell, done });
}

function hurry(selection, done) {
  const tell = (answer) => {
    const rows = answer.waiting.map((each) => [each.channel, each.type, each.error, number(each.deliveries)]);
    return element("div", {}, sentence(`${number(answer.hurried)} deliveries that waited for a retry ${answer.dry_run ? "would go" : "go"} now.`),
      table("By reason", ["Channel", "Type", "Waits after", "Deliveries"], rows, { numeric: [3] }));
  };
  return confirm({ title: "Hurry what waits for a retry", act: "Hurry", run: (dry) => operate("hurry", { ...selection, dry_run: dry }), tell, done });
}

function filters(asked) {
  return form((values) => { location.hash = logOf(values); },
    field("Channel", "channel", { value: asked.channel ?? "", placeholder: "email" }),
    field("Status", "status", { choices: STATUSES, value: asked.status ?? "" }),
    field("Type", "type", { value: asked.type ?? "", placeholder: "feedback.new" }),
    field("Reason", "error", { value: asked.error ?? "", placeholder: "render_error" }),
    field("Person", "user", { value: asked.user ?? "", placeholder: "ada@example.com" }),
    field("Request", "request_id", { value: asked.request_id ?? "", placeholder: "id" }),
    element("button", { className: "act", textContent: "Filter" }));
}

export async function deliveries(again, asked) {
  const chosen = Object.fromEntries(FILTERS.map((name) => [name, asked[name]]));
  const found = await operate("deliveries", { ...chosen, since: asked.request_id ? null : ago("7d"), limit: 100 });
  const rows = found.map((each) => [
    link(`#delivery?id=${each.id}`, each.title || each.id), each.channel, each.type, chip(each.status, each.waits_for ?? each.error),
    number(each.attempts), each.recipient ?? "gone", time(each.created_at)]);
  const { channel, type, error } = chosen;
  const driven = { channel, type, error, since: ago("7d") };
  return [
    heading("Deliveries", element("span", { className: "buttons" },
      button("Hurry what waits …", () => hurry(driven, again)), button("Send failed ones again …", () => redrive(driven, again)))), filters(asked),
    table(`Deliveries, newest first${found.length === 100 ? " (the first 100)" : ""}`, ["Title", "Channel", "Type", "Status", "Attempts", "Recipient", "Enqueued"], rows,
      { numeric: [4], nothing: "No delivery matches. The log shows the last seven days." })];
}

export async function delivery(again, { id }) {
  const { delivery: row, sentences, content: kept } = await operate("explain_delivery", { delivery_id: id, content: true });
  const acts = row.status === "failed" ? [button("Send again …", () => redrive({ delivery_ids: [id] }, again))] : [];
  return [
    heading(row.title || row.type, ...acts),
    element("p", { className: "quiet" }, chip(row.status, row.waits_for ?? row.error), ` over ${row.channel} to ${row.recipient ?? "somebody who is gone"} · `,
      ...(row.request_id ? [link(logOf({ request_id: row.request_id }), "its request"), " · "] : []), link(logOf({ user: row.user_id ?? row.recipient }), "all to this person")),
    element("ol", { className: "story", attributes: { "aria-label": "What happened" } }, sentences.map((each) => element("li", { textContent: each }))),
    ...(await content(row, kept))];
}
