import { connection, homeAddress, NoToken } from "./connection.js";
import { signedOut } from "./session.js";
import { known, say } from "./words.js";

/** An HTTP error or a failed request. `message` can be shown to people. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const PATIENCE = 20_000;
const TRIES = 3;

/** Returns the JSON of the response. Raises ApiError. `keepalive` lets the request outlive the page. */
export async function call(method, path, body, options = {}) {
  return (await request(method, path, body, options)).json();
}

/** Returns the response if it is a success or 304. Raises ApiError. */
export async function request(method, path, body, { headers = {}, keepalive = false } = {}) {
  const asked = { method, headers: { accept: "application/json", ...headers }, keepalive, cache: "no-store" };
  if (body !== undefined) {
    asked.body = JSON.stringify(body);
    asked.headers["content-type"] = "application/json";
  }
  const response = await patiently(path, asked);
  if (response.status !== 401) connection.accepted();
  if (response.ok || response.status === 304) return response;
  if (response.status === 401) signedOut();
  throw new ApiError(await reason(response), response.status);
}

/** While the database wakes up the API answers 503 with Retry-After. Repeats requests that are safe to repeat, and tells so. */
async function patiently(path, asked) {
  let told = 0;
  try {
    for (let attempt = 1; ; attempt += 1) {
      const response = await once(path, asked);
      const seconds = Number(response.headers.get("retry-after"));
      if (response.status !== 503 || !seconds || asked.method === "POST" || attempt === TRIES) return response;
      if (!told) told = tell(1);
      await new Promise((resume) => setTimeout(resume, Math.min(seconds, 15) * 1000));
    }
  } finally {
    if (told) tell(-told);
  }
}

let waiting = 0;

/** Tell the page whether requests wait for the database, as so many more or fewer do. Returns the change. */
function tell(change) {
  waiting += change;
  document.dispatchEvent(new CustomEvent("owlpost-waking", { detail: waiting > 0 }));
  return change;
}

/** A token that has ended is asked for anew, once; with a token no cookie is sent. */
async function once(path, asked) {
  try {
    const token = await connection.token();
    const response = await send(path, asked, token);
    if (response.status !== 401 || token === null) return response;
    const next = await connection.token(token);
    return next === token ? response : await send(path, asked, next);
  } catch (error) {
    if (!(error instanceof NoToken)) throw new ApiError(say("api.away"), 0);
    signedOut();
    throw new ApiError(error.message, 401);
  }
}

/**
 * Across origins a browser asks first, and forgets the answer to that where a request may use no cache: by `no-store`, or by a tag
 * of its own. The API lets nothing be kept in any case, and a count without its tag is as short as a preflight.
 */
function send(path, asked, token) {
  const signal = AbortSignal.timeout(PATIENCE);
  if (token === null) return fetch(path, { ...asked, signal });
  const { "if-none-match": _tag, ...others } = asked.headers;
  const headers = { ...others, authorization: ["Bearer", token].join(" ") };
  return fetch(homeAddress(path), { ...asked, headers, cache: "default", credentials: "omit", signal });
}

async function reason(response) {
  try {
    const { error, code, details = [] } = await response.json();
    const problems = [...new Set(details.map((each) => `problem.${each.code}`))];
    if (problems.length && problems.every(known)) return problems.map((key) => say(key)).join(" ");
    return known(`refused.${code}`) ? say(`refused.${code}`, { error }) : (error ?? say("api.fault"));
  } catch {
    return say("api.fault");
  }
}
