import { call } from "./api.js";
import { returnPath } from "./session.js";
import { say } from "./words.js";

const INVITATION = "/invite/accept";

/** Why one is at the login, and the address that one is expected to use: `{lead, email}`. */
export async function welcome() {
  const invited = await invitation();
  if (invited) return { lead: say("login.join", { team: invited.team_name, email: invited.email }), email: invited.email };
  const ended = new URLSearchParams(location.search).get("why") === "ended";
  return { lead: say(ended ? "login.ended" : "login.usual"), email: "" };
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
