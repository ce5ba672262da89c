import { known, say } from "./words.js";

/** What is wrong with our account: none of what the owner of a destination could mend. */
const OURS = /^(invalid_auth|account_inactive|token_|not_authed|missing_scope|no_permission|access_denied|org_login_required|team_|messages_tab_disabled|not_allowed_token_type|accesslimited)/;

/** Say what went wrong at a destination, and what its owner can do, by the code that is kept; one that is not known is shown as it is. */
export function fault(code) {
  if (known(`fault.${code}`)) return say(`fault.${code}`);
  if (OURS.test(code)) return say("fault.ours");
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  if (!status) return say("fault.said", { code });
  return status >= 500 ? say("fault.own") : say("fault.answered", { status });
}

/** Say why the last test, or else the last message, did not get through. */
export function reason({ test_status: status, test_error: tested, last_error: error }) {
  const code = (status !== "pending" && tested) || error;
  return code ? fault(code) : say("fault.not_sent");
}
