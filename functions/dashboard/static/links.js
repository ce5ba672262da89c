/**
 * Which links we follow: the one decision for pages, as `domain/links.py` is for requests, mails and pushes. A link is judged
 * by the URL that it becomes: `/.//evil.example` is a path, and resolves to `//evil.example`. One table of cases holds both to
 * the same decisions: `tests/support/links.json`.
 */

const UNCLEAN = /[\\\s\p{Cc}\p{Cf}]/u;
/** A host without a name of a user before it, which people take for the host, and without what only some parsers decode. */
const HTTPS = /^https:\/\/[^/?#@%]+(?:[/?#]|$)/;

/** Return the absolute URL of a path of our site, null for anything else. */
export function ownUrl(text) {
  if (!text?.startsWith("/") || UNCLEAN.test(text)) return null;
  const url = resolve(text);
  return url && leadsHome(url) && leadsHome(resolve(decoded(url.pathname))) ? url : null;
}

/** Return the URL of a notification's link: a path of ours or https; null for anything else, which is not followed. */
export function followable(link) {
  if (!link || UNCLEAN.test(link)) return null;
  if (link.startsWith("/")) return ownUrl(link) && link;
  return HTTPS.test(link) && resolve(link) ? link : null;
}

function leadsHome(url) {
  return url?.origin === location.origin && !/^\/\/|\\/.test(decoded(url.pathname));
}

/** Decode what a server or a proxy may read as part of the path: a slash, a backslash and a dot. */
function decoded(path) {
  return path.replace(/%2f/gi, "/").replace(/%5c/gi, "\\").replace(/%2e/gi, ".");
}

function resolve(text) {
  try {
    return new URL(text, location.origin);
  } catch {
    return null;
  }
}
