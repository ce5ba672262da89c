// Asks this machine's console, which asks `owlpost-operate`. What it refuses is an Error whose message is a sentence.

const TOKEN = document.querySelector("meta[name=token]").content;

async function post(path, body = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-owlpost-page": TOKEN },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The console is not running any more. Start it again and reload this page.");
  }
  const said = await answer.json();
  if (said?.error) throw new Error(said.error.message);
  return said;
}

// An option that is empty was not given.
const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== "" && value != null));

export const operate = (command, options = {}) => post("/operate", { command, ...given(options) });
export const place = () => post("/place");
export const sent = (delivery, notification) => post("/sent", { delivery, notification });
export const faults = (change = {}) => post("/faults", change);

// "2h" ago in ISO 8601, as `--since` of the command line takes it.
export function ago(span) {
  const [, number, unit] = /^(\d+)([mhd])$/.exec(span);
  return new Date(Date.now() - number * { m: 60e3, h: 3600e3, d: 86400e3 }[unit]).toISOString();
}
