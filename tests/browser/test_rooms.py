"""An owner connects their team's room, tests it, is told there, switches it off and removes it; a member only sees it."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SCREENSHOTS
from tests.support.browser.world import Person, World

PATH = "/dashboard/profile/destinations"
WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}
#: A worker starts cold, and its queue waits a second to fill a batch.
ON_ITS_WAY = 60_000


def in_team(world: World, person: Person, role: str, error: str | None = None) -> str:
    """Put the person into a team of their own, so that no other test sees its rooms. Return its name."""
    team = str(uuid4())
    name = f"Cartographers {team[:4]}"
    database = world.laptop.database()
    with database.transaction() as connection:
        connection.exec_driver_sql("insert into teams (id, name, slug) values (%s, %s, %s)", (team, name, team))
        connection.exec_driver_sql(
            "insert into team_members (team_id, user_id, role) values (%s, %s, %s)", (team, person.id, role)
        )
        connection.exec_driver_sql(
            "insert into destinations (id, team_id, channel, kind, sealed, fingerprint, label, state, last_error)"
            " values (%s, %s, 'discord', 'room_webhook', 'x', 'x', 'Old room', 'dead', %s)",
            (str(uuid4()), team, error),
        )
    database.close()
    return name


@pytest.mark.parametrize("width", WIDTHS)
def test_an_owner_connects_tests_switches_and_removes_a_room(
    world: World, page: Page, person: Person, width: str
) -> None:
    name = in_team(world, person, "owner")
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    page.goto(PATH)
    section = page.get_by_role("region", name=f"Rooms of {name}")
    section.get_by_text("Connect a room").click()
    form = section.locator("form")
    form.get_by_label("Where").select_option("Microsoft Teams workflow")
    form.get_by_label("URL").fill("https://acme.webhook.office.com/webhookb2/x")
    form.get_by_role("button", name="Connect").click()
    said = page.locator("owlpost-destinations")
    expect(said.get_by_role("alert")).to_contain_text("make a workflow of Power Automate")
    form.get_by_label("URL").fill(f"{world.laptop.providers.urls['teams']}/{uuid4()}")
    form.get_by_label("Name, if you like").fill("Alerts")
    form.get_by_role("button", name="Connect").click()
    expect(section.get_by_role("listitem")).to_have_count(2)
    section.get_by_role("button", name="Test Alerts").click()
    card = section.get_by_role("listitem").last
    expect(said.get_by_role("status")).to_contain_text("Power Automate, which does not tell", timeout=ON_ITS_WAY)
    expect(card).to_contain_text("Did you see it?")
    section.screenshot(path=SCREENSHOTS / f"rooms-{width}.png")
    section.get_by_role("button", name="I saw the test in Alerts").click()
    expect(said.get_by_role("status")).to_have_text("Alerts is on.")
    expect(section.get_by_role("button", name="Test Alerts")).to_be_focused()
    expect(card).to_contain_text("Told of everything")
    section.get_by_role("button", name="Switch Alerts off").click()
    expect(section.get_by_role("listitem").last).to_contain_text("Switched off")
    section.get_by_role("button", name="Remove Alerts").click()
    expect(section.get_by_role("listitem")).to_have_count(1)
    expect(section.get_by_role("heading", name=f"Rooms of {name}")).to_be_focused()


def test_a_member_sees_the_rooms_and_changes_none(world: World, page: Page, person: Person) -> None:
    name = in_team(world, person, "member")
    page.goto(PATH)
    section = page.get_by_role("region", name=f"Rooms of {name}")
    expect(section.get_by_role("listitem")).to_contain_text("Gone")
    expect(section.get_by_role("button")).to_have_count(0)


def test_an_owner_chooses_what_a_room_is_told_of(world: World, page: Page, person: Person) -> None:
    name = in_team(world, person, "owner")
    page.goto(PATH)
    section = page.get_by_role("region", name=f"Rooms of {name}")
    section.get_by_text("Choose what it is told of").click()
    ticks = section.get_by_role("group", name="What Old room is told of").get_by_role("checkbox")
    every = ticks.count()
    assert every > 3
    expect(section.get_by_role("checkbox", name="Job completed")).to_have_count(0)
    for tick in ticks.all()[1:]:
        tick.uncheck()
        expect(tick).not_to_be_checked()
    label = section.locator(".tick").first.inner_text()
    expect(section.get_by_role("listitem")).to_contain_text(f"Told of {label}")
    ticks.first.click()
    expect(page.get_by_role("alert")).to_contain_text("one type at least")
    expect(ticks.first).to_be_checked()
    section.screenshot(path=SCREENSHOTS / "rooms-types.png")
    page.reload()
    expect(section.get_by_role("listitem")).to_contain_text(f"Told of {label}")
    section.get_by_text("Choose what it is told of").click()
    saved = _hold_the_first(page)
    for tick in ticks.all()[1:]:
        tick.check()
    page.wait_for_timeout(500)
    assert len(saved) == 1, "what is wished for while one wish is being saved is sent after it"
    saved[0].continue_()
    expect(section.get_by_role("listitem")).to_contain_text("Told of everything")


def _hold_the_first(page: Page) -> list[Route]:
    """Hold the first change of a room. Return the changes that are asked for."""
    saved: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        saved.append(route)
        return route.continue_() if len(saved) > 1 else None

    page.route("**/v1/destinations/*", hold)
    return saved


def test_a_fault_is_said_in_words(world: World, page: Page, person: Person) -> None:
    name = in_team(world, person, "owner", error="WorkflowTriggerIsNotEnabled")
    page.goto(PATH)
    expect(page.get_by_role("region", name=f"Rooms of {name}")).to_contain_text(
        "the workflow is switched off or deleted"
    )
