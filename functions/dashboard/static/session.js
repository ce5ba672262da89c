import { ownUrl } from "./links.js";

/** Send signed-out people to the login, and back to their page afterwards. */

export const LOGIN = "/dashboard/login";
export const HOME = "/dashboard/notifications";

/** Return the URL of a page of this site, null for anything else and for the login, which would lead in a circle. */
function ownPage(text) {
  const url = ownUrl(text);
  return url && url.pathname !== LOGIN ? url.href : null;
}

/** Return the page to open after sign-in, from the query of the login page. */
export function returnPath() {
  return ownPage(new URLSearchParams(location.search).get("next")) ?? HOME;
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
