import { call } from "./api.js";
import { returnPath } from "./session.js";

const INVITATION = "/invite/accept";
const ENDED = "Your session ended. Sign in again to go on.";
const USUAL = "We mail you a code; there is no password to remember.";

/** Why one is at the login, and the address that one is expected to use: `{lead, email}`. */
export async function welcome() {
  const invited = await invitation();
  if (invited) return { lead: `Sign in to join ${invited.team_name} as ${invited.email}.`, email: invited.email };
  const ended = new URLSearchParams(location.search).get("why") === "ended";
  return { lead: ended ? ENDED : USUAL, email: "" };
}

/** Return what the invitation that leads here offers, null if none does or it is over. */
async function invitation() {
  const url = new URL(returnPath(), location.href);
  const token = url.searchParams.get("token");
  if (url.pathname !== INVITATION || !token) return null;
  try {
    return await call("GET", `/v1/invites/${encodeURIComponent(token)}`);
  } catch {
    return null;
  }
}
