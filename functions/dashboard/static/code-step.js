/** Where one is while signing in, kept for this tab: a phone may reload the page while one looks for the code in the mail. */

const KEY = "owlpost-code-step";
const CODE_LIFE = 10 * 60_000;

/** Remember that a code was mailed to this address now. Return the step. */
export function sent(email) {
  const step = { email, at: Date.now() };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(step));
  } catch {
    // a browser that keeps nothing asks for the address again after a reload
  }
  return step;
}

/** Return the step `{email, at}` while its code may still work, else null. */
export function kept() {
  try {
    const step = JSON.parse(sessionStorage.getItem(KEY));
    return typeof step?.email === "string" && Date.now() - step.at < CODE_LIFE ? step : null;
  } catch {
    return null;
  }
}

export function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
}
