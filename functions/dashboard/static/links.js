/**
 * Where a notification's link may lead: a path of ours, or https. Producers are held to the same, but what stands in a
 * database is not to be trusted; anything else (`//host`, `/\host`, `javascript:`) is null and not followed.
 */
export function followable(link) {
  if (!link || /[\\\s\x00-\x1f\x7f]/.test(link)) return null;
  if (/^\/(?!\/)/.test(link)) return link;
  try {
    return new URL(link).protocol === "https:" && /^https:\/\//i.test(link) ? link : null;
  } catch {
    return null;
  }
}
