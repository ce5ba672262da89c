// What an operator asks about one person's data: a week at one look, all rows as a file, and their end with a certificate.

import { operate } from "/ask.js";
import { confirm, sentence } from "/confirm.js";
import { button, chip, element, failure, link, number, table, time } from "/parts.js";

// The browser keeps what was made here; nothing of it is stored on this machine by the console.
function save(name, value) {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: "application/json" }));
  element("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

async function exported(user) {
  const tables = {};
  let after = null;
  do {
    const page = await operate("export_person", { user, after });
    for (const [name, rows] of Object.entries(page.tables)) (tables[name] ??= []).push(...rows);
    after = page.next;
  } while (after);
  return { tables };
}

function exporting(user) {
  const said = element("span", { attributes: { role: "status" } });
  const go = button("Export …", async () => {
    go.disabled = true;
    try {
      const all = await exported(user);
      save("owlpost-export.json", all);
      said.replaceChildren(`${number(Object.values(all.tables).flat().length)} rows were saved as owlpost-export.json.`);
    } catch (error) {
      said.replaceChildren(failure(error));
    }
    go.disabled = false;
  });
  return [go, said];
}

function certificate(answer) {
  const rows = answer.tables.filter((each) => each.before).map((each) => [each.table, number(each.before), number(each.after), each.how]);
  const hosts = answer.goes_with_the_account.length ? [sentence(`These tables of the host lose rows, too: ${answer.goes_with_the_account.join(", ")}.`)] : [];
  const teams = answer.teams_without_an_owner.length ? [sentence(`Teams that have no other owner: ${answer.teams_without_an_owner.join(", ")}.`)] : [];
  const flying = answer.in_flight ? [sentence(`${number(answer.in_flight)} mails are in a batch that its provider may have: a cleanup erases them after its end.`)] : [];
  const kept = answer.providers.map((each) => sentence(`${each.recipient} was given ${number(each.messages)}: ${each.how}`));
  return element("div", {},
    sentence(answer.dry_run ? "So much would be erased. Nothing brings it back." : `Erased at ${answer.erased_at}; the person is now ${answer.person.slice(0, 12)}….`),
    table("Rows that name the person", ["Table", "Before", "After", "How"], rows, { numeric: [1, 2], nothing: "No row names them." }),
    ...hosts, ...teams, ...flying, ...kept, answer.dry_run ? null : button("Save the certificate", () => save("owlpost-certificate.json", answer)));
}

const erasing = (user) => button("Erase …", () => confirm({
  title: "Erase a person", act: "Erase for good", run: (dry) => operate("erase_person", { user, dry_run: dry }), tell: certificate,
  done: () => { location.hash = "#people"; } }), "danger");

const went = (each) => [link(`#delivery?id=${each.id}`, each.title || each.id), each.channel, chip(each.status, each.reason), time(each.created_at)];

export async function dataOf(user) {
  const shown = await operate("person", { user });
  const week = shown.week.map((each) => [each.type, each.channel, chip(each.status, each.reason), number(each.deliveries), time(each.newest)]);
  const changes = shown.changes.map((each) => [time(each.at), each.path, JSON.stringify(each.before), JSON.stringify(each.after), each.by]);
  const stopped = shown.suppressions.map((each) => sentence(`${each.address} gets no mail: ${each.reason}.`));
  return [
    element("p", { className: "buttons" }, ...exporting(user), erasing(user)),
    element("p", { className: "quiet", textContent: `${number(shown.sessions)} sessions · ${shown.teams.map((each) => `${each.role} of ${each.name}`).join(", ") || "in no team"}` }),
    ...stopped,
    table("The last seven days, counted", ["Type", "Channel", "Status", "Deliveries", "Newest"], week, { numeric: [3], nothing: "Nothing in seven days." }),
    table("Pending", ["Title", "Channel", "Status", "Enqueued"], shown.pending.map(went), { nothing: "Nothing is pending." }),
    table("What they chose", ["When", "What", "Before", "After", "By"], changes, { nothing: "They have changed nothing." })];
}
