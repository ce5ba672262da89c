/**
 * Shows what is pushed to this browser, and opens its page. It is served as /sw.js, as what it may do ends at its own folder; see
 * docs/web-push.md. `id` is the notification's: a repeat takes the place of the first.
 */
const HOME = "/dashboard/notifications";
/** What a push that makes no sense says: the server puts the words of the browser's language here. */
const NEWS = "NEWS";
/** The picture of the brand, undefined for the browser's own: the server puts it here. */
const ICON = undefined;
const UNCLEAN = /[\\\s\p{Cc}\p{Cf}]/u;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.link));
});
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.oldSubscription)));

/** Browsers ask that something is shown for each push, even for one that makes no sense. */
function read(data) {
  try {
    return data.json();
  } catch {
    return { title: NEWS };
  }
}

async function show({ id, title, body = "", link = HOME, unread }) {
  if (typeof unread === "number") await self.navigator.setAppBadge?.(unread).catch(() => {});
  await self.registration.showNotification(title, { body, icon: ICON, tag: id, renotify: false, data: { link } });
}

/** Open a page of ours in the window that shows it already, if there is one. */
async function open(link) {
  const url = followable(link) ?? new URL(HOME, self.location.origin);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find((each) => each.url === url.href);
  return shown ? shown.focus() : self.clients.openWindow(url.href);
}

/** A path of ours or https, as links.js has it for pages. */
function followable(link) {
  if (typeof link !== "string" || UNCLEAN.test(link) || !/^(?:\/(?!\/)|https:\/\/[^/?#@%]+(?:[/?#]|$))/.test(link)) return null;
  const url = new URL(link, self.location.origin);
  return link.startsWith("/") && url.origin !== self.location.origin ? null : url;
}

/** Some browsers change a subscription by themselves, and some of these say so. The next visit to a page does it for the rest. */
async function renew(old) {
  const key = old?.options?.applicationServerKey;
  if (!key) return;
  const subscription = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await fetch("/v1/destinations", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ channel: "web_push", subscription: subscription.toJSON() }),
  });
}
