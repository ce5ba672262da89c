import { call } from "./api.js";

let asked = null;

/** Who is signed in, their teams and what they can choose; asked once a page, whoever wants to know. Raises ApiError. */
export function me() {
  asked ??= call("GET", "/v1/auth/me");
  return asked;
}
