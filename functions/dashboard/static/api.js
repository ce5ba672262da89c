import { signedOut } from "./session.js";

/** An HTTP error or a failed request. `message` can be shown to people. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const PATIENCE = 20_000;
const TRIES = 3;
const AWAY = "The server could not be reached. Please check your connection and try again.";
const FAULT = "Something went wrong on our side. Please try again.";

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

async function once(path, asked) {
  try {
    return await fetch(path, { ...asked, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new ApiError(AWAY, 0);
  }
}

async function reason(response) {
  try {
    return (await response.json()).error ?? FAULT;
  } catch {
    return FAULT;
  }
}
