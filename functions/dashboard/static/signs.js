import { short } from "./unread.js";

const title = document.title;
const icon = document.querySelector('link[rel="icon"]');
let drawn = null;
let shown = null;

/** Show how many are unread where a page is seen without being looked at: in the tab's title and icon, and on the app's icon. */
export function showCount(count) {
  document.title = count > 0 ? `(${short(count)}) ${title}` : title;
  if (count === shown || count === null) return;
  shown = count;
  badgeOfApp(count);
  drawIcon(count).catch(() => {}); // the plain icon is right, too
}

/** Take the number off the app's icon: nobody is signed in here any more. */
export function badgeOfApp(count) {
  const done = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  done?.catch(() => {}); // only an installed app has one
}

async function drawIcon(count) {
  if (!icon || (drawn === null && count === 0)) return;
  drawn ??= { plain: icon.href, text: await (await fetch(icon.href)).text() };
  if (count !== shown) return;
  icon.href = count > 0 ? `data:image/svg+xml,${encodeURIComponent(withNumber(drawn.text, count))}` : drawn.plain;
}

/** The number has at most two places: more cannot be read at this size. */
function withNumber(svg, count) {
  const text = count > 9 ? "9+" : String(count);
  const number = `<text x="46" y="55" text-anchor="middle" font-family="sans-serif" font-size="26" font-weight="700" fill="#fff">`;
  return svg.replace("</svg>", `<circle cx="46" cy="46" r="18" fill="#d92d20"/>${number}${text}</text></svg>`);
}
