"""The console as an operator uses it: look, understand, stop, take back, send again; by keyboard, on a phone, in the dark."""

import json
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from infra.cli.run_console import serve_of
from infra.local.console.server import Console
from infra.local.postgres.postmaster import wait_until
from owlpost.domain.queue_names import REQUESTS, dead_letter
from tests.browser.conftest import SCREENSHOTS
from tests.support.browser.world import PATIENCE, Person, World

Colours: TypeAlias = Literal["light", "dark"]
TABS = ("now", "deliveries", "requests", "dead-letters", "holds", "people", "addresses", "journal", "faults")
WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}
SERIOUS = {"serious", "critical"}
ENDED = 90


@pytest.fixture(scope="module")
def console(world: World) -> Iterator[Console]:
    console = Console()
    serve_of(world.laptop, console)
    yield console
    console.stop()


@pytest.fixture
def desk(context: BrowserContext, console: Console) -> Iterator[Page]:
    """A window on the console. A fault in a script, or anything its policy blocks, fails the test."""
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(error.message))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(console.url)
    yield page
    assert faults == []


def fault(world: World, **fault: object) -> None:
    httpx.post(f"{world.laptop.providers.mailbox}/faults", json=fault, timeout=PATIENCE).raise_for_status()


def mend(world: World) -> None:
    httpx.delete(f"{world.laptop.providers.mailbox}/faults", timeout=PATIENCE).raise_for_status()


def statuses(world: World, title: str) -> set[str]:
    database = world.laptop.database()
    with database.transaction() as connection:
        found = connection.exec_driver_sql(
            "select d.status from notification_deliveries d join notifications n on n.id = d.notification_id"
            " where n.title = %s and d.channel = 'email'",
            (title,),
        )
        said = set(found.scalars())
    database.close()
    return said


def ended(world: World, title: str, status: str) -> None:
    assert wait_until(lambda: statuses(world, title) == {status}, seconds=ENDED), statuses(world, title)


@pytest.fixture
def failed(world: World, stranger: Person) -> str:
    """The title of a mail that Resend refused."""
    title = f"Refused for {stranger.email}"
    fault(world, provider="resend", fault="reject_address", match=stranger.email)
    world.tell(stranger, title, kind="feedback.new", body="It crashes when I open the map.")
    ended(world, title, "failed")
    mend(world)
    return title


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Console").get_by_role("link", name=name, exact=True).click()


def axe(page: Page) -> list[str]:
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def test_a_failed_mail_is_found_explained_seen_and_sent_again(world: World, desk: Page, failed: str) -> None:
    open_tab(desk, "Deliveries")
    desk.get_by_role("combobox", name="Status").select_option("failed")
    desk.get_by_role("button", name="Filter").click()
    expect(desk.get_by_role("region", name="Deliveries, newest first")).not_to_contain_text("in_app")
    desk.get_by_role("link", name=failed).first.click()
    expect(desk.get_by_role("list", name="What happened")).to_contain_text("It ended failed")
    desk.get_by_role("button", name="Send again …").click()
    expect(desk.get_by_role("dialog")).to_contain_text("1 deliveries would be sent again")
    desk.get_by_role("dialog").get_by_role("button", name="Send again", exact=True).click()
    expect(desk.get_by_role("dialog").get_by_role("status")).to_contain_text("1 deliveries were sent again")
    desk.get_by_role("button", name="Close").click()
    ended(world, failed, "sent")
    desk.reload()
    frame = desk.frame_locator(f'iframe[title="Mail: {failed}"]')
    expect(frame.get_by_text("It crashes when I open the map.").last).to_be_visible()
    assert frame.locator("img").evaluate("async it => { await it.decode(); return it.naturalWidth > 0 }"), "the owl"
    desk.screenshot(path=SCREENSHOTS / "console-story.png", full_page=True)


def test_a_dry_run_that_is_cancelled_changes_nothing(world: World, desk: Page, failed: str) -> None:
    desk.goto(f"{desk.url.partition('#')[0]}#deliveries?status=failed&error=")
    desk.get_by_role("button", name="Send failed ones again …").click()
    expect(desk.get_by_role("dialog")).to_contain_text("would be sent again")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_be_hidden()
    assert statuses(world, failed) == {"failed"}


def test_a_hold_is_placed_shown_and_let_go_by_keyboard(world: World, desk: Page, stranger: Person) -> None:
    open_tab(desk, "Holds")
    desk.get_by_role("textbox", name="Channel").fill("email")
    desk.get_by_role("textbox", name="Why").fill("wrong words")
    desk.keyboard.press("Enter")
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("It would stop")
    dialog.get_by_role("button", name="Hold", exact=True).press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("It stops")
    desk.keyboard.press("Enter")  # the button that closes has the focus
    expect(desk.get_by_role("region", name="Open holds")).to_contain_text("wrong words")
    title = f"Held for {stranger.email}"
    world.tell(stranger, title, kind="feedback.new")
    desk.get_by_role("button", name="Let go …").press("Enter")
    dialog.get_by_role("button", name="Let go", exact=True).press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("The hold ended")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("No hold is open.")).to_be_visible()
    ended(world, title, "sent")
    open_tab(desk, "Journal")
    expect(desk.get_by_role("row").filter(has_text="let_go").first).to_be_visible()


def test_a_request_is_recalled_from_the_list(world: World, desk: Page, stranger: Person) -> None:
    title = f"Wrong words for {stranger.email}"
    world.tell(stranger, title, kind="feedback.new")
    ended(world, title, "sent")
    open_tab(desk, "Requests")
    row = desk.get_by_role("row").filter(has_text=title)
    row.get_by_role("button", name="Recall …").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("1 requests would be recalled")
    dialog.get_by_role("button", name="Recall", exact=True).click()
    expect(dialog).to_contain_text("Removed from 1 inboxes")


def test_a_refused_request_is_listed_with_its_reason_and_leads_to_its_dead_letter(
    world: World, desk: Page, stranger: Person
) -> None:
    title = f"Nobody is told of {stranger.email}"
    recipients = {"user_ids": [str(stranger.id)]}
    world.laptop.put_request(json.dumps({"type": "feedback.nwe", "recipients": recipients, "title": title}))
    assert wait_until(lambda: dead_requests(world) > 0, seconds=ENDED)
    open_tab(desk, "Requests")
    row = desk.get_by_role("row").filter(has_text=title)
    expect(row).to_contain_text("feedback.nwe")
    expect(row).to_contain_text("refused: ")
    expect(row.get_by_role("button", name="Recall …")).to_have_count(0)
    row.get_by_role("link", name=title).click()
    expect(desk.get_by_role("region", name="Messages")).to_contain_text(title)
    desk.get_by_role("button", name="Discard …").click()
    desk.get_by_role("dialog").get_by_role("button", name="Discard for good").click()
    assert wait_until(lambda: dead_requests(world) == 0, seconds=ENDED)


def dead_requests(world: World) -> int:
    engine = world.laptop.engine
    found = engine.emulator.client().get_queue_attributes(
        QueueUrl=engine.queue_urls[dead_letter(REQUESTS)], AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("device", WIDTHS)
def test_what_a_person_has_connected_is_shown_and_what_is_dead_is_revived(
    browser: Browser, console: Console, world: World, stranger: Person, colours: Colours, device: str
) -> None:
    database = world.laptop.database()
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "insert into destinations (id, user_id, channel, sealed, fingerprint, label, state, verified_at, last_error,"
            " failing_since) values (gen_random_uuid(), %s, 'webhook', '', 'a', 'Build room', 'dead', now(), 'http_410',"
            " now()), (gen_random_uuid(), %s, 'webhook', '', 'b', '<b>Old</b> room', 'off', now(), null, null)",
            (stranger.id, stranger.id),
        )
    database.close()
    width, height = WIDTHS[device]
    with browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(f"{console.url}/#people?user={stranger.email}")
        region = page.get_by_role("region", name="Destinations")
        expect(region.get_by_text("<b>Old</b> room")).to_be_visible()
        row = region.get_by_role("row", name=re.compile("Build room"))
        expect(row).to_contain_text("the provider answered 410 Gone (http_410)")
        expect(region.get_by_role("button")).to_have_count(1)
        region.scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOTS / f"console-destinations-{device}-{colours}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(page) == []
        row.get_by_role("button", name="Revive …").click()
        page.get_by_role("button", name="Revive", exact=True).click()
        expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("Build room is live again")
        page.get_by_role("button", name="Close").click()
        expect(row).to_contain_text("live")


def test_a_provider_is_broken_and_mended_at_the_switchboard(world: World, desk: Page) -> None:
    open_tab(desk, "Faults")
    desk.get_by_role("button", name="Resend fails 30 %").click()
    expect(desk.get_by_role("region", name="In force")).to_contain_text("30 %")
    desk.get_by_role("textbox", name="Fault").fill("no_such")
    desk.get_by_role("button", name="Add").click()
    expect(desk.get_by_role("alert")).to_contain_text("'resend' has no fault 'no_such'")
    desk.get_by_role("button", name="End all faults").click()
    expect(desk.get_by_text("The providers do what they should.")).to_be_visible()


def test_what_operate_refuses_is_shown_as_its_sentence(desk: Page) -> None:
    open_tab(desk, "People")
    desk.get_by_role("textbox", name="Person").fill("nobody@nowhere.example")
    desk.get_by_role("button", name="Look").click()
    expect(desk.get_by_role("alert")).to_contain_text("nobody@nowhere.example")


def test_a_hidden_tab_asks_nothing(desk: Page) -> None:
    expect(desk.get_by_role("heading", name="Now")).to_be_visible()
    with desk.expect_response(re.compile("/operate$")):
        pass  # it asks by itself while it is looked at
    desk.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    desk.wait_for_timeout(3_000)  # the question that is under way ends
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.wait_for_timeout(5_000)
    assert asked == []
    desk.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.get_by_role("status").first).to_contain_text("while this tab is visible")
    assert wait_until(lambda: bool(desk.evaluate("1")) and bool(asked), seconds=10)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("device", WIDTHS)
def test_every_tab_fits_its_screen_and_axe_finds_nothing(
    browser: Browser, console: Console, world: World, failed: str, colours: Colours, device: str
) -> None:
    width, height = WIDTHS[device]
    with browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours) as context:
        page = context.new_page()
        for tab in TABS:
            page.goto(f"{console.url}/#{tab}")
            page.reload()
            page.locator("main h2").first.wait_for()
            page.screenshot(path=SCREENSHOTS / f"console-{tab}-{device}-{colours}.png")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
            assert axe(page) == [], tab


def test_forced_colours_leave_every_part_visible(browser: Browser, console: Console, world: World) -> None:
    with browser.new_context(forced_colors="active", viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(console.url)
        page.locator("main h2").first.wait_for()
        page.screenshot(path=SCREENSHOTS / "console-now-forced.png")
        assert page.locator("nav [aria-current]").evaluate("each => getComputedStyle(each).borderTopStyle") == "solid"


def test_a_live_look_moves_nothing_and_keeps_the_focus(desk: Page) -> None:
    expect(desk.get_by_role("heading", name="Now")).to_be_visible()
    region = desk.get_by_role("region", name="Deliveries of the last hour")
    desk.evaluate(
        "window.moved = 0;"
        "new PerformanceObserver(seen => { for (const each of seen.getEntries()) window.moved += each.value })"
        ".observe({ type: 'layout-shift', buffered: false })"
    )
    region.focus()
    for _ in range(2):
        with desk.expect_response(re.compile("/operate$")):
            pass
    desk.wait_for_timeout(500)
    assert desk.evaluate("document.activeElement.getAttribute('aria-label')") == "Deliveries of the last hour"
    assert desk.evaluate("window.moved") < 0.1
