// What operators did, newest first, and what came of it.

import { ago, operate } from "/ask.js";
import { counts, heading, table, time } from "/parts.js";

const said = (value) => (value && typeof value === "object" && !Array.isArray(value) ? counts(value) : String(value));
const isSomething = (value) => !(value == null || value === false || value === 0 || (typeof value === "object" && !Object.keys(value).length));
const words = (values) => Object.entries(values ?? {}).filter(([, value]) => isSomething(value)).map(([name, value]) => `${name}: ${said(value)}`).join("; ");

function result(act) {
  if (act.error) return `failed: ${act.error}`;
  return act.ended_at == null ? "not ended: it goes on, or its function died" : words(act.result);
}

export async function journal() {
  const acts = await operate("journal", { since: ago("7d"), limit: 100 });
  const rows = acts.map((act) => [time(act.at), act.who ?? "unknown", act.command, words(act.arguments), result(act)]);
  return [heading("Journal"), table("What operators did in seven days", ["At", "Who", "Command", "Arguments", "Result"], rows, { nothing: "Nobody did anything in seven days." })];
}
