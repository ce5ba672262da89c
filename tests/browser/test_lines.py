"""Lines in a real browser: what arrives is seen at once, tabs are one, and whatever becomes of a line, the page goes on."""

from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect
from sqlalchemy import text

from infra.local.laptop.laptop import Laptop
from infra.local.laptop.seed import seed
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_arrivals import BE
from tests.support.browser.inbox_page import InboxPage, install_clock
from tests.support.browser.world import PATIENCE, Person, World
from tests.support.engine_stage import eventually

COUNT = "/v1/notifications/unread-count"
ICON = "document.querySelector('link[rel=icon]').href"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Laptop(tmp_path_factory.mktemp("laptop")) as laptop:
        database = laptop.database()
        seed(database)
        database.close()
        httpx.get(f"{laptop.url}/v1/health", timeout=60).raise_for_status()
        yield World(laptop)


def lines_of(world: World, person: Person) -> int:
    database = world.laptop.database()
    try:
        with database.transaction() as connection:
            found = connection.execute(
                text("select count(*) from lines where user_id = :id and connection_id is not null"), {"id": person.id}
            )
            return int(found.scalar_one())
    finally:
        database.close()


def opened(world: World, person: Person, page: Page) -> InboxPage:
    """Open the inbox, and wait until its line is there and nothing more is asked by itself for half a minute."""
    inbox = InboxPage(page).open()
    eventually(lambda: lines_of(world, person) == 1)
    page.wait_for_timeout(3_000)  # the second request on arrival
    return inbox


def asked(page: Page) -> list[Request]:
    """Return the requests for the count, as they come."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if COUNT in request.url else None)
    return found


@pytest.mark.takes_long("waits until a page asks for nothing by itself")
def test_what_arrives_is_seen_at_once_in_the_list_the_title_and_the_icon(
    world: World, person: Person, page: Page
) -> None:
    inbox = opened(world, person, page)
    policy = httpx.get(f"{world.url}/dashboard/login", timeout=PATIENCE).headers["content-security-policy"]
    assert f"connect-src 'self' {world.laptop.engine.lines.url};" in policy  # type: ignore[union-attr]  # it has lines
    assert ".svg" in page.evaluate(ICON)
    world.tell(person, "A letter")
    expect(inbox.row("A letter")).to_be_visible()  # the next poll is farther away
    expect(page).to_have_title("(1) Notifications · Owlmetry")
    eventually(lambda: page.evaluate(ICON).startswith("data:"))
    drawn = unquote(page.evaluate(ICON))
    assert ">1</text>" in drawn
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=SCREENSHOTS / f"line-{scheme}.png")
    (SCREENSHOTS / "line-icon.svg").write_text(drawn.partition(",")[2], encoding="utf-8")
    inbox.mark_all.click()
    expect(page).to_have_title("Notifications · Owlmetry")
    eventually(lambda: page.evaluate(ICON).endswith("mark.svg"))


def test_the_icon_of_the_app_has_the_number(world: World, person: Person, page: Page) -> None:
    page.add_init_script(
        "window.badges = []; navigator.setAppBadge = async (n) => badges.push(n);"
        "navigator.clearAppBadge = async () => badges.push(0);"
    )
    inbox = opened(world, person, page)
    world.tell(person, "A letter")
    expect(inbox.row("A letter")).to_be_visible()
    inbox.mark_all.click()
    eventually(lambda: page.evaluate("badges") == [0, 1, 0])


def test_what_is_read_on_another_device_is_read_here_at_once(world: World, person: Person, page: Page) -> None:
    id_ = world.tell(person, "A letter")
    inbox = opened(world, person, page)
    expect(inbox.badge).to_have_text("1")
    with world.api(person) as phone:
        phone.patch(f"/v1/notifications/{id_}", json={"read": True}).raise_for_status()
    expect(inbox.badge).to_be_hidden()


@pytest.mark.takes_long("waits until a page asks for nothing by itself")
def test_tabs_share_one_line_and_one_poll_and_when_its_tab_closes_another_takes_over(
    world: World, person: Person, page: Page, context: BrowserContext
) -> None:
    opened(world, person, page)
    other = context.new_page()
    theirs = InboxPage(other).open()
    other.wait_for_timeout(8_000)  # the second request on arrival, and one more where a count was out of date
    assert lines_of(world, person) == 1
    first, second = asked(page), asked(other)
    world.tell(person, "For both")
    expect(theirs.row("For both")).to_be_visible()
    expect(InboxPage(page).badge).to_have_text("1")
    assert (len(first), len(second)) == (1, 0)
    page.close(run_before_unload=True)
    eventually(lambda: lines_of(world, person) == 1)
    other.wait_for_timeout(1_500)
    world.tell(person, "For the one that is left")
    expect(theirs.badge).to_have_text("2")


def test_what_is_read_in_one_tab_is_read_in_all(
    world: World, person: Person, page: Page, context: BrowserContext
) -> None:
    world.tell(person, "A letter")
    inbox = opened(world, person, page)
    other = context.new_page()
    theirs = InboxPage(other).open()
    expect(theirs.row("A letter")).to_be_visible()
    inbox.mark_all.click()
    expect(theirs.badge).to_be_hidden()
    expect(other).to_have_title("Notifications · Owlmetry")
    expect(theirs.row("A letter")).to_be_hidden()


def test_tabs_tell_each_other_what_was_read_without_a_line_as_well(
    world: World, person: Person, page: Page, context: BrowserContext
) -> None:
    context.route("**/v1/lines", lambda route: route.fulfill(status=503, json={"error": "no"}))
    world.tell(person, "A letter")
    inbox = InboxPage(page).open()
    other = context.new_page()
    theirs = InboxPage(other).open()
    expect(theirs.row("A letter")).to_be_visible()
    other.wait_for_timeout(3_000)  # the second request on arrival
    inbox.mark_all.click()
    expect(theirs.row("A letter")).to_be_hidden()
    expect(theirs.badge).to_be_hidden()


def test_a_tab_behind_others_shows_the_count_and_catches_up_when_it_is_seen(
    world: World, person: Person, page: Page
) -> None:
    inbox = opened(world, person, page)
    page.evaluate(BE, "hidden")
    world.tell(person, "While away")
    expect(page).to_have_title("(1) Notifications · Owlmetry")
    page.evaluate(BE, "visible")
    expect(inbox.row("While away")).to_be_visible()


def test_a_line_that_the_server_or_the_network_ends_is_opened_again_and_what_came_meanwhile_is_shown(
    world: World, person: Person, page: Page
) -> None:
    inbox = opened(world, person, page)
    gateway = world.laptop.engine.lines
    assert gateway is not None
    gateway.drop_all()
    world.tell(person, "Meanwhile")
    expect(inbox.row("Meanwhile")).to_be_visible()
    eventually(lambda: lines_of(world, person) == 1)
    world.tell(person, "Afterwards")
    expect(inbox.badge).to_have_text("2")


def test_back_online_the_page_catches_up_by_itself(
    world: World, person: Person, page: Page, context: BrowserContext
) -> None:
    inbox = opened(world, person, page)
    context.set_offline(True)
    gateway = world.laptop.engine.lines
    assert gateway is not None
    gateway.drop_all()
    world.tell(person, "While offline")
    page.wait_for_timeout(1_000)
    expect(inbox.badge).to_be_hidden()
    context.set_offline(False)
    expect(inbox.badge).to_have_text("1")


def test_signing_out_elsewhere_closes_the_line_and_leads_to_the_login(world: World, person: Person, page: Page) -> None:
    opened(world, person, page)
    with world.api(person) as phone:
        phone.post("/v1/auth/logout").raise_for_status()
    page.wait_for_url("**/dashboard/login**")
    eventually(lambda: lines_of(world, person) == 0)


def test_a_page_whose_line_cannot_be_opened_polls_as_ever(world: World, person: Person, page: Page) -> None:
    install_clock(page)
    page.route("**/v1/lines", lambda route: route.fulfill(status=503, json={"error": "no"}))
    inbox = InboxPage(page).open()
    page.clock.fast_forward(5_000)
    world.tell(person, "A letter")
    inbox.poll_until(lambda: inbox.badge.text_content() == "1")
    assert lines_of(world, person) == 0
