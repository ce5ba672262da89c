import { connection } from "./connection.js";
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
 * can cancel the event and handle it itself. Where the page has its own login there is no other place to go to.
 */
export function signedOut() {
  if (connection.byToken) return connection.tellSignedOut();
  noteSignedOut();
  const told = new CustomEvent("owlpost-signed-out", { cancelable: true });
  if (!document.dispatchEvent(told) || location.pathname === LOGIN) return;
  location.replace(loginFrom(location.pathname + location.search, "&why=ended"));
}

const SIGNED_OUT = "owlpost-signed-out-at";
const opened = Date.now();

/** A page that the browser kept for Back must not show again what somebody who signed out had on the screen. */
export function noteSignedOut() {
  try {
    localStorage.setItem(SIGNED_OUT, String(Date.now()));
  } catch {
    // a browser that stores nothing: the next request of the page is refused
  }
}

/** Leave at once, before anything is painted, if the browser brings this page back after somebody signed out. */
export function leaveIfSignedOut() {
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || !(Number(localStorage.getItem(SIGNED_OUT)) > opened)) return;
    document.documentElement.hidden = true;
    location.replace(loginFrom(location.pathname + location.search));
  });
}

/** Return the login page that leads to a path afterwards. */
export function loginFrom(path, more = "") {
  return `${LOGIN}?next=${encodeURIComponent(path)}${more}`;
}

/**
 * Say to the pages' server whether somebody is signed in. It cannot tell by the cookie of a host product, whose name it does
 * not know, and would send them here again.
 */
export function noteSignedIn(isSignedIn) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `owlpost-signed-in=1; path=/; samesite=lax${secure}${isSignedIn ? "" : "; max-age=0"}`;
}
