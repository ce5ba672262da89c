// Dead letters of each queue: counted by error, shown, discarded; requests are resubmitted, deliveries are driven again by rows.

import { operate } from "/ask.js";
import { confirm, sentence } from "/confirm.js";
import { redrive } from "/deliveries.js";
import { button, element, heading, number, table, time } from "/parts.js";

const short = (queue) => queue.replace(/-dlq$/, "");

function discard(queue, error, done) {
  const tell = (answer) => sentence(`${number(answer.discarded)} messages ${answer.dry_run ? "would be" : "were"} discarded for good.`);
  return confirm({ title: `Discard “${error}”`, act: "Discard for good", run: (dry) => operate("discard_dead_letters", { queue, error, dry_run: dry }), tell, done });
}

function resubmit(done) {
  const tell = (answer) => element("div", {},
    sentence(answer.dry_run ? "These requests would be resubmitted:" : `${number(answer.resubmitted)} requests were resubmitted; ${number(answer.stored)} had been stored already.`),
    table("By error", ["Error", "Requests"], Object.entries(answer.by_error).map(([error, count]) => [error, number(count)]), { numeric: [1] }));
  return confirm({ title: "Resubmit requests", act: "Resubmit", run: (dry) => operate("redrive_requests", { dry_run: dry }), tell, done });
}

function queuePart(page, again) {
  const queue = short(page.queue);
  const again_ = queue === "requests" ? button("Resubmit …", () => resubmit(again)) : button("Send again …", () => redrive({ channel: queue }, again));
  const errors = Object.entries(page.by_error).map(([error, count]) => [error, number(count), button("Discard …", () => discard(queue, error, again), "small danger")]);
  const rows = page.messages.map((each) => [time(each.sent_at), each.error, element("code", { textContent: each.body }), each.correlation_id]);
  return element("section", {},
    heading(`${page.queue}: about ${number(page.waiting)}`, again_),
    table("By error", ["Error", "Messages", "Give up"], errors, { numeric: [1] }),
    table("Messages", ["Sent", "Error", "Body", "Correlation id"], rows));
}

export async function letters(again) {
  const { dead_letters: depths } = await operate("now");
  const queues = Object.keys(depths).filter((queue) => depths[queue]);
  const pages = await Promise.all(queues.map((queue) => operate("dead_letters", { queue: short(queue), limit: 50 })));
  if (!pages.length) return [heading("Dead letters"), element("p", { className: "well", textContent: "There are no dead letters." })];
  return [heading("Dead letters"), ...pages.map((page) => queuePart(page, again))];
}
