import { call } from "./api.js";
import { connection } from "./connection.js";
import { readIn } from "./words.js";

let asked = null;
connection.addEventListener("change", () => (asked = null));

/** Returns the signed-in person, their teams and choices. All callers of a page share one request. Raises ApiError. */
export function me() {
  asked ??= call("GET", "/v1/auth/me").then((answer) => {
    if (!connection.byToken) readIn(answer.user.preferences.locale);
    return answer;
  });
  asked.catch(() => (asked = null)); // whoever asks next asks anew
  return asked;
}
