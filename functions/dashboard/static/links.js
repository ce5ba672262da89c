/**
 * Which links we follow: the one decision for pages, as `domain/links.py` is for requests, mails and pushes. A link is judged
 * by the URL that it becomes: `/.//evil.example` is a path, and resolves to `//evil.example`.
 */

const UNCLEAN = /[\\\s\x00-\x1f\x7f]/;

/** Return the absolute URL of a path of our site, null for anything else. */
export function ownUrl(text) {
  if (!text || !/^\/(?!\/)/.test(text) || UNCLEAN.test(text)) return null;
  const url = resolve(text);
  return url?.origin === location.origin && !url.pathname.startsWith("//") ? url : null;
}

/** Return the URL of a notification's link: a path of ours or https; null for anything else, which is not followed. */
export function followable(link) {
  if (!link || UNCLEAN.test(link)) return null;
  if (link.startsWith("/")) return ownUrl(link) && link;
  return /^https:\/\//i.test(link) && resolve(link)?.protocol === "https:" ? link : null;
}

function resolve(text) {
  try {
    return new URL(text, location.origin);
  } catch {
    return null;
  }
}
