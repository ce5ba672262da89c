import { call } from "./api.js";

let asked = null;

/** Returns the signed-in person, their teams and choices. All callers of a page share one request. Raises ApiError. */
export function me() {
  asked ??= call("GET", "/v1/auth/me");
  return asked;
}
