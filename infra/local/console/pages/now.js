// How it is now: what somebody has to do, channels, rates and latency, what is under way.

import { operate } from "/ask.js";
import { button, chip, counts, element, heading, link, number, table, time } from "/parts.js";
import { byMinute, plot } from "/plots.js";
import { recall } from "/requests.js";

const QUEUED = (channel) => channel !== "in_app";

function attention(sentences) {
  if (!sentences.length) return element("p", { className: "well", textContent: "All is well: nobody has to do anything." });
  return element("ul", { className: "attention", attributes: { "aria-label": "Somebody has to act" } },
    sentences.map((each) => element("li", { textContent: each })));
}

function channels(outlooks) {
  const rows = outlooks.map(({ load, rate, out_in_seconds: seconds }) => [
    load.channel, number(load.pending), number(load.due), number(load.leased), number(load.waiting), number(load.held), time(load.oldest),
    `${rate} a second`, seconds == null ? "" : `in ${number(Math.ceil(seconds))} s`]);
  return table("Channels with work", ["Channel", "Pending", "Due", "With a worker", "Waiting", "Held", "Oldest", "Sent", "All due out"], rows,
    { numeric: [1, 2, 3, 4, 5], nothing: "No delivery is pending, and none was sent in the last ten minutes." });
}

function statuses(found) {
  const rows = found.map((each) => [
    each.channel, chip(each.status), each.error ?? "",
    link(`#deliveries?${new URLSearchParams({ channel: each.channel, status: each.status, error: each.status === "pending" ? "" : each.error ?? "" })}`, number(each.deliveries))]);
  return table("Deliveries of the last hour", ["Channel", "Status", "Reason", "Deliveries"], rows, { numeric: [3], nothing: "Nothing was enqueued in the last hour." });
}

function underWay(found, again) {
  const rows = found.map((each) => [
    link(`#deliveries?request_id=${each.id}`, each.title), each.type, each.producer ?? "", number(each.notifications), number(each.pending),
    button("Recall …", () => recall({ request_ids: [each.id] }, again), "small")]);
  return table("Requests under way", ["Title", "Type", "Producer", "People", "Pending", "Take it back"], rows, { numeric: [3, 4], nothing: "No request is under way." });
}

function plots(rates, at) {
  const channelsSeen = [...new Set(rates.map((each) => each.channel))].filter(QUEUED);
  return element("div", { className: "plots" }, channelsSeen.flatMap((channel) => {
    const rows = rates.filter((each) => each.channel === channel);
    return [
      plot(`${channel}: ended`, "a minute", [
        { name: "sent", className: "sent", values: byMinute(rows, at, (row) => row.sent) },
        { name: "failed", className: "failed", values: byMinute(rows, at, (row) => row.failed) }]),
      plot(`${channel}: time to deliver, 95 %`, "s", [{ name: "p95", className: "latency", values: byMinute(rows, at, (row) => row.p95) }])];
  }));
}

function depths(answer) {
  const dead = Object.fromEntries(Object.entries(answer.dead_letters).filter(([, depth]) => depth));
  return element("p", { className: "quiet" },
    `Queues: ${counts(answer.queues)}. Dead letters: ${counts(dead)}. Clock skew ${answer.clock_skew_seconds} s. As of `, time(answer.at), ".");
}

export async function now(again) {
  const [answer, rates] = await Promise.all([operate("now"), operate("rates")]);
  return [heading("Now"), attention(answer.attention), plots(rates, answer.at), channels(answer.channels),
    underWay(answer.under_way, again), statuses(answer.statuses), depths(answer)];
}
