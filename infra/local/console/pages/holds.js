// Stop what matches, and let it go again; take back what matches.

import { ago, operate } from "/ask.js";
import { confirm, sentence } from "/confirm.js";
import { button, counts, element, field, form, heading, number, table, time } from "/parts.js";
import { recall } from "/requests.js";

const WHAT = ["channel", "type", "producer", "team_id", "request_id"];

const whatOf = (hold) => WHAT.filter((name) => hold[name]).map((name) => `${name.replace("_id", "")} ${hold[name]}`).join(", ") || "everything";

function place(values, done) {
  const tell = (answer) => sentence(
    `It ${answer.dry_run ? "would stop" : "stops"} ${counts(answer.pending)} that are pending now, and all that match from now on.`);
  return confirm({ title: `Hold ${whatOf(values)}`, act: "Hold", run: (dry) => operate("hold", { ...values, dry_run: dry }), tell, done });
}

function letGo(hold, discard, done) {
  const tell = (answer) => sentence(`The hold ${answer.dry_run ? "would end" : "ended"}; ${discard ? "discarded" : "let go"}: ${counts(discard ? answer.discarded : answer.let_go)}.`);
  return confirm({
    title: `${discard ? "Discard what is held" : "Let go"}: ${whatOf(hold)}`, act: discard ? "Discard" : "Let go", tell, done,
    run: (dry) => operate("let_go", { hold_id: hold.id, discard, dry_run: dry }) });
}

function holdForm(again) {
  return form((values) => place(values, again),
    field("Channel", "channel", { placeholder: "any" }), field("Type", "type", { placeholder: "any" }), field("Producer", "producer", { placeholder: "any" }),
    field("Request", "request_id", { placeholder: "any" }), field("Why", "reason", { required: true, placeholder: "wrong words" }),
    element("button", { className: "act", textContent: "Hold …" }));
}

function recallForm(again) {
  return form(({ since, ...values }) => recall({ ...values, since: ago(since) }, again),
    field("Type", "type", { placeholder: "feedback.new" }), field("Producer", "producer", { placeholder: "any" }),
    field("Since", "since", { choices: ["10m", "1h", "6h", "1d"], value: "10m" }),
    element("button", { className: "act", textContent: "Recall …" }));
}

export async function holds(again) {
  const found = await operate("holds");
  const rows = found.map((each) => [
    whatOf(each), each.reason, each.created_by, time(each.created_at), time(each.until), counts(each.held),
    number(Object.values(each.pending).reduce((sum, value) => sum + value, 0)),
    element("span", { className: "buttons" }, button("Let go …", () => letGo(each, false, again), "small"), button("Discard …", () => letGo(each, true, again), "small danger"))]);
  return [
    heading("Holds"),
    table("Open holds", ["Stops", "Why", "By", "Since", "Until", "Held", "Pending in all", "End it"], rows, { numeric: [6], nothing: "No hold is open." }),
    heading("Stop deliveries"), element("p", { className: "quiet", textContent: "Each condition that is given must match; with none, everything is stopped. The inbox goes on." }), holdForm(again),
    heading("Take back"), element("p", { className: "quiet", textContent: "What has not gone out is stopped, and the notification leaves the inbox." }), recallForm(again)];
}
