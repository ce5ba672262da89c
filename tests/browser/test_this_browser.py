"""A person is notified in this browser: a real service worker, with pushes that the browser itself hands to it.

No push service of a browser's maker can be reached from here. So `pushManager` is one of the tests', whose subscription is of
the fake push service, and a push that arrives there is handed on by the DevTools protocol as Chromium would.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import SCREENSHOTS, as_person
from tests.browser.test_destinations import ON_ITS_WAY, PATH, WIDTHS, cards, eventually
from tests.support.browser.world import PATIENCE, Person, World

#: In place of the browser's own. What it was asked for is kept beside the subscription, as the page's next visit looks at it.
PUSH_MANAGER = """
const made = %s;
const encoded = (data) => btoa(String.fromCharCode(...new Uint8Array(data)))
  .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const decoded = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const as = (subscription) => ({
  ...subscription,
  options: { applicationServerKey: decoded(subscription.key).buffer },
  toJSON: () => ({ endpoint: subscription.endpoint, expirationTime: null, keys: subscription.keys }),
  unsubscribe: async () => { localStorage.removeItem("test-subscription"); return true; },
});
PushManager.prototype.getSubscription = async () => {
  const kept = localStorage.getItem("test-subscription");
  return kept ? as(JSON.parse(kept)) : null;
};
PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
  const key = encoded(applicationServerKey);
  const subscription = made.find((each) => each.key === key);
  if (!subscription) throw new Error(`nobody has subscribed with ${key}`);
  localStorage.setItem("test-subscription", JSON.stringify(subscription));
  return as(subscription);
};
"""


@pytest.fixture
def context(browser: Browser, world: World) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=world.url, viewport={"width": 1280, "height": 800}) as context:
        context.grant_permissions(["notifications"], origin=world.url)
        yield context


@pytest.fixture
def subscription(world: World, person: Person, context: BrowserContext) -> dict[str, Any]:
    """What the browser gets when the page subscribes with the key of the site."""
    made = subscribed(world, person)
    context.add_init_script(PUSH_MANAGER % json.dumps([made]))
    return made


def subscribed(world: World, person: Person) -> dict[str, Any]:
    with world.api(person) as api:
        channels = api.get("/v1/channels").json()["channels"]
    key = next(each["public_key"] for each in channels if each["public_key"])
    answer = httpx.post(f"{world.laptop.providers.urls['web_push']}/subscriptions", json={"key": key}, timeout=PATIENCE)
    return {**answer.raise_for_status().json(), "key": key}


def pushes(world: World, subscription: dict[str, Any]) -> list[dict[str, Any]]:
    """What arrived for this browser, the newest first."""
    found = httpx.get(f"{world.laptop.providers.mailbox}/messages.json", params={"limit": 50}, timeout=PATIENCE).json()[
        "messages"
    ]
    return [each for each in found if each["channel"] == "web_push" and subscription["endpoint"].endswith(each["to"])]


def notify_here(page: Page) -> None:
    page.goto(PATH)
    page.get_by_role("button", name="Notify me in this browser").click()
    expect(page.locator("owlpost-destinations").get_by_role("status")).to_contain_text("is connected")


class Worker:
    """The service worker of a page, as Chromium's own DevTools reach it."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._origin = url
        self._devtools = page.context.new_cdp_session(page)
        versions: list[dict[str, Any]] = []
        self._devtools.on(
            "ServiceWorker.workerRegistrationUpdated", lambda told: versions.extend(told["registrations"])
        )
        self._devtools.send("ServiceWorker.enable")
        while not versions:
            page.wait_for_timeout(20)
        self._id = versions[-1]["registrationId"]

    def push(self, message: object) -> None:
        data = message if isinstance(message, str) else json.dumps(message)
        self._devtools.send(
            "ServiceWorker.deliverPushMessage", {"origin": self._origin, "registrationId": self._id, "data": data}
        )

    def shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._page.evaluate("""async () => {
          const registration = await navigator.serviceWorker.ready;
          return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
        }""")
        return found

    def shows(self, wanted: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Return what is shown, once it is what is wanted."""
        deadline = time.monotonic() + PATIENCE
        while not wanted(found := self.shown()) and time.monotonic() < deadline:
            self._page.wait_for_timeout(50)
        assert wanted(found), found
        return found


@pytest.mark.takes_long("a worker starts cold, and its queue waits a second to fill a batch")
def test_a_person_is_notified_in_this_browser_and_a_push_is_shown_once(
    world: World, page: Page, person: Person, subscription: dict[str, Any]
) -> None:
    notify_here(page)
    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("Chrome on Linux")
    expect(page.get_by_role("button", name="Notify me in this browser")).to_be_hidden()
    id_ = world.tell(person, "New feedback", body="Ada: love it", link="/dashboard/projects", kind="feedback.new")
    assert eventually(lambda: pushes(world, subscription))
    [push] = pushes(world, subscription)
    assert push["payload"]["id"] == id_
    worker = Worker(page, world.url)
    for _ in range(2):  # a repeat takes the place of the first
        worker.push(push["payload"])
    [shown] = worker.shows(bool)
    assert shown == {
        "title": "New feedback",
        "body": "Ada: love it",
        "tag": id_,
        "data": {"link": "/dashboard/projects"},
    }
    worker.push({"id": "another", "title": "Another"})
    # Chromium takes a notification away after some seconds where the system has no place for them
    both = worker.shows(lambda found: "another" in [each["tag"] for each in found])
    assert [each["tag"] for each in both].count(id_) <= 1


def test_a_push_that_makes_no_sense_shows_something_as_browsers_ask(
    world: World, page: Page, subscription: dict[str, Any]
) -> None:
    notify_here(page)
    worker = Worker(page, world.url)
    worker.push("not json")
    [shown] = worker.shows(bool)
    assert shown["title"] == "You have news"


def test_a_test_reaches_this_browser(world: World, page: Page, subscription: dict[str, Any]) -> None:
    notify_here(page)
    page.get_by_role("button", name="Test Chrome on Linux").click()
    expect(page.locator("owlpost-destinations").get_by_role("status")).to_have_text(
        "The test has reached Chrome on Linux.", timeout=ON_ITS_WAY
    )
    assert [each["title"] for each in pushes(world, subscription)] == ["A test from Owlmetry"]


def test_each_visit_says_again_that_the_browser_is_there_and_what_was_removed_stays_removed(
    world: World, page: Page, person: Person, subscription: dict[str, Any]
) -> None:
    notify_here(page)
    kept = "localStorage.getItem('test-subscription')"
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/v1/destinations" in answer.url):
        page.evaluate("sessionStorage.clear()")
        page.goto("/dashboard/notifications")
    assert page.evaluate(kept)
    with world.api(person) as api:
        [destination] = api.get("/v1/destinations").json()["destinations"]
        api.delete(f"/v1/destinations/{destination['id']}")
    page.evaluate("sessionStorage.clear()")
    page.goto(PATH)
    expect(page.get_by_role("button", name="Notify me in this browser")).to_be_visible()
    assert eventually(lambda: page.evaluate(kept) is None)
    expect(cards(page)).to_have_count(0)


def test_a_subscription_of_another_key_is_made_anew(
    world: World, page: Page, person: Person, subscription: dict[str, Any]
) -> None:
    notify_here(page)
    other = {**subscription, "endpoint": subscription["endpoint"] + "-old", "key": subscription["key"][:-4] + "AAAA"}
    page.evaluate("made => localStorage.setItem('test-subscription', JSON.stringify(made))", other)
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and "/v1/destinations" in answer.url
    ) as said:
        page.evaluate("sessionStorage.clear()")
        page.goto("/dashboard/notifications")
    assert json.loads(said.value.request.post_data or "")["subscription"]["endpoint"] == subscription["endpoint"]


def test_who_signs_out_is_notified_no_more(
    world: World, page: Page, person: Person, subscription: dict[str, Any]
) -> None:
    notify_here(page)
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/dashboard/login")
    assert page.evaluate("localStorage.getItem('test-subscription')") is None
    again = world.signed_in(person)
    with world.api(again) as api:
        assert api.get("/v1/destinations").json()["destinations"] == []


def test_a_browser_that_is_not_allowed_to_says_what_to_do(
    world: World, page: Page, subscription: dict[str, Any]
) -> None:
    page.add_init_script("Notification.requestPermission = async () => 'denied'")
    page.goto(PATH)
    page.get_by_role("button", name="Notify me in this browser").click()
    expect(page.locator("owlpost-destinations").get_by_role("alert")).to_contain_text(
        "does not let the site notify you"
    )
    expect(cards(page)).to_have_count(0)


def test_a_browser_that_cannot_says_so(page: Page) -> None:
    page.add_init_script("delete window.PushManager")
    page.goto(PATH)
    expect(page.get_by_role("button", name="Notify me in this browser")).to_be_disabled()
    expect(page.get_by_role("region", name="This browser")).to_contain_text("Home Screen")


def test_the_pages_are_an_app_for_the_home_screen(world: World) -> None:
    with httpx.Client(base_url=world.url, timeout=PATIENCE) as client:
        manifest = client.get("/manifest.webmanifest")
        assert manifest.headers["content-type"] == "application/manifest+json"
        assert client.get(manifest.json()["icons"][0]["src"]).status_code == 200
        assert (manifest.json()["display"], manifest.json()["start_url"]) == ("standalone", "/dashboard/notifications")
        worker = client.get("/sw.js")
        assert (worker.status_code, worker.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("screen", WIDTHS)
def test_the_page_fits_the_screen(
    world: World, visitor: Page, person: Person, subscription: dict[str, Any], screen: str
) -> None:
    width, height = WIDTHS[screen]
    visitor.set_viewport_size({"width": width, "height": height})
    page = as_person(visitor, person, world)
    page.goto(PATH)
    expect(page.get_by_role("button", name="Notify me in this browser")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"this-browser-{screen}.png", full_page=True)
    page.get_by_role("button", name="Notify me in this browser").click()
    expect(cards(page)).to_have_count(1)
    page.screenshot(path=SCREENSHOTS / f"this-browser-connected-{screen}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


#: Events of the tests' own. No script may hold such a one open, nor open windows without a real click: what was wanted is kept.
CLICKED = """async (tag) => {
  const opened = [];
  self.clients.openWindow = async (url) => { opened.push(url); };
  WindowClient.prototype.focus = async function () { opened.push(`focus ${this.url}`); };
  const [notification] = await self.registration.getNotifications({ tag });
  const event = new NotificationEvent("notificationclick", { notification });
  const waited = [];
  event.waitUntil = (each) => waited.push(each);
  self.dispatchEvent(event);
  await Promise.all(waited);
  return { opened, left: (await self.registration.getNotifications({ tag })).length };
}"""
CHANGED = """async (key) => {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  const applicationServerKey = Uint8Array.from(text, (c) => c.charCodeAt(0)).buffer;
  const event = new Event("pushsubscriptionchange");
  event.oldSubscription = key ? { options: { applicationServerKey } } : null;
  const waited = [];
  event.waitUntil = (each) => waited.push(each);
  self.dispatchEvent(event);
  await Promise.all(waited);
}"""


@pytest.mark.parametrize(
    ("link", "opened"),
    [
        ("/dashboard/projects", "{url}/dashboard/projects"),
        ("https://docs.example/page", "https://docs.example/page"),
        # the page that is shown already is not opened twice
        (PATH, "focus {url}" + PATH),
        # nothing else is followed
        ("javascript:alert(1)", "{url}/dashboard/notifications"),
        ("//evil.example", "{url}/dashboard/notifications"),
        ("http://plain.example", "{url}/dashboard/notifications"),
        (None, "{url}/dashboard/notifications"),
    ],
)
def test_a_click_on_a_notification_opens_its_page_and_takes_it_away(
    world: World, page: Page, subscription: dict[str, Any], link: str | None, opened: str
) -> None:
    notify_here(page)
    worker = Worker(page, world.url)
    worker.push({"id": "clicked", "title": "Look", **({"link": link} if link else {})})
    worker.shows(bool)
    assert eventually(lambda: page.evaluate("1") and page.context.service_workers)
    [running] = page.context.service_workers
    found = running.evaluate(CLICKED, "clicked")
    assert found == {"opened": [opened.format(url=world.url)], "left": 0}


def test_a_browser_that_changes_its_subscription_says_so_by_itself(
    world: World, page: Page, person: Person, subscription: dict[str, Any]
) -> None:
    notify_here(page)
    other = subscribed(world, person)
    assert eventually(lambda: page.evaluate("1") and page.context.service_workers)
    [running] = page.context.service_workers
    running.evaluate(
        """other => { PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => ({
          toJSON: () => ({ endpoint: other.endpoint, expirationTime: null, keys: other.keys }),
        }); }""",
        other,
    )
    running.evaluate(CHANGED, subscription["key"])
    # the old one is dropped with its browser by the page's next visit, or once its service says that it is gone
    page.goto(PATH)
    expect(cards(page)).to_have_count(2)
    world.tell(person, "New feedback", body="Ada: love it", kind="feedback.new")
    assert eventually(lambda: pushes(world, other))


def test_a_change_that_names_no_old_subscription_is_left_to_the_next_visit(
    world: World, page: Page, subscription: dict[str, Any]
) -> None:
    notify_here(page)
    assert eventually(lambda: page.evaluate("1") and page.context.service_workers)
    [running] = page.context.service_workers
    running.evaluate(CHANGED, "")
    page.goto(PATH)
    expect(cards(page)).to_have_count(1)
