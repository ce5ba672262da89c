/** Send signed-out people to the login, and back to their page afterwards. */

export const LOGIN = "/dashboard/login";
export const HOME = "/dashboard/notifications";

/** A path of this site, or null: never another host, nor the login itself, which would lead in a circle. */
export function ownPath(text) {
  if (!text || !/^\/(?![/\\])[^\\\s\x00-\x1f\x7f]*$/.test(text)) return null;
  const url = new URL(text, location.origin);
  return url.origin === location.origin && url.pathname !== LOGIN ? url.pathname + url.search + url.hash : null;
}

/** Return the page to open after sign-in, from the query of the login page. */
export function returnPath() {
  return ownPath(new URLSearchParams(location.search).get("next")) ?? HOME;
}

/**
 * Handle the end of a session: the API has deleted the cookie. The login page stays open; a page that embeds a component
 * can cancel the event and handle it itself.
 */
export function signedOut() {
  const told = new CustomEvent("owlpost-signed-out", { cancelable: true });
  if (!document.dispatchEvent(told) || location.pathname === LOGIN) return;
  const here = location.pathname + location.search;
  location.replace(`${LOGIN}?next=${encodeURIComponent(here)}`);
}
