// Who sends what, and taking it back.

import { ago, operate } from "/ask.js";
import { confirm, sentence } from "/confirm.js";
import { button, counts, element, field, form, heading, link, number, table, time } from "/parts.js";

export function recall(what, done) {
  const tell = (answer) => element("div", {},
    sentence(`${number(answer.requests)} requests ${answer.dry_run ? "would be" : "were"} recalled.`),
    sentence(`Stopped: ${counts(answer.stopped)}. Already out: ${counts(answer.already_out)}.`),
    sentence(`Removed from ${number(answer.inbox)} inboxes; ${number(answer.already_read)} people had read it.`));
  return confirm({ title: "Take requests back", act: "Recall", run: (dry) => operate("recall", { ...what, dry_run: dry }), tell, done });
}

export async function requests(again, { type }) {
  const [found, producers] = await Promise.all([
    operate("requests", { type, since: ago("7d"), limit: 100 }), operate("top", { by: "producer", since: ago("1h") })]);
  const rows = found.map((each) => each.refused ? [
    link("#dead-letters?queue=requests", each.title || each.id), each.type, "", `refused: ${each.refused}`, time(each.created_at), ""] : [
    link(`#deliveries?request_id=${each.id}`, each.title || each.id), each.type, `${number(each.notifications)}${each.is_unfinished ? " so far" : ""}`,
    counts(each.deliveries), time(each.created_at), button("Recall …", () => recall({ request_ids: [each.id] }, again), "small")]);
  const top = producers.map((each) => [each.name ?? "", number(each.notifications), number(each.requests), number(each.people), time(each.newest)]);
  return [
    heading("Requests"),
    form((values) => { location.hash = `#requests?${new URLSearchParams(values)}`; },
      field("Type", "type", { value: type ?? "", placeholder: "feedback.new" }), element("button", { className: "act", textContent: "Filter" })),
    table("Requests of seven days, newest first", ["Title", "Type", "People", "Deliveries", "Accepted", "Take it back"], rows, { numeric: [2], nothing: "No request matches." }),
    table("Who sent the most in the last hour", ["Producer", "Notifications", "Requests", "People", "Newest"], top, { numeric: [1, 2, 3], nothing: "Nobody sent anything in the last hour." })];
}
