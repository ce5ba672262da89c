/** Who is signed out goes to the login, and back to where they were. */

export const LOGIN = "/dashboard/login";
export const HOME = "/dashboard/notifications";

/** A path of this site, or null: never another host, nor the login itself, which would lead in a circle. */
export function ownPath(text) {
  if (!text || !/^\/(?![/\\])[^\\\s\x00-\x1f\x7f]*$/.test(text)) return null;
  const url = new URL(text, location.origin);
  return url.origin === location.origin && url.pathname !== LOGIN ? url.pathname + url.search + url.hash : null;
}

/** Where to go after signing in, as the login's address says. */
export function returnPath() {
  return ownPath(new URLSearchParams(location.search).get("next")) ?? HOME;
}

/**
 * The API knows us no longer, and has taken the cookie back. The login itself stays where it is; a page that embeds a
 * component may cancel the event and do as it likes.
 */
export function signedOut() {
  const told = new CustomEvent("owlpost-signed-out", { cancelable: true });
  if (!document.dispatchEvent(told) || location.pathname === LOGIN) return;
  const here = location.pathname + location.search;
  location.replace(`${LOGIN}?next=${encodeURIComponent(here)}`);
}
