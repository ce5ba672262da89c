"""The link in an invitation's mail."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS, SEEN
from tests.support.browser.world import Person, World

TEAM = "01940000-0000-7000-8000-0000000000a1"
LINK = re.compile(r"/invite/accept\?token=[\w.~-]+")


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


def _link_in_mail(world: World, person: Person) -> str:
    texts = (mail["text"] or "" for mail in world.mails_to(person))
    return next(found[0] for text in texts if (found := LINK.search(text)))


def test_an_invitation_is_accepted_after_signing_in(world: World, ada: Person, stranger: Person, visitor: Page) -> None:
    with world.api(ada) as owner:
        owner.post(f"/v1/teams/{TEAM}/invitations", json={"email": stranger.email}).raise_for_status()
    visitor.goto(_link_in_mail(world, stranger))
    expect(visitor.get_by_text(f"Sign in to join Pocket Atlas as {stranger.email}.")).to_be_visible()
    expect(visitor.get_by_label("E-mail address")).to_have_value(stranger.email)
    visitor.get_by_role("button", name="Send me a code").click()
    visitor.get_by_label("Code", exact=True).wait_for()
    visitor.get_by_label("Code", exact=True).fill(world.code_for(stranger))
    visitor.get_by_role("button", name="Join Pocket Atlas").click()
    expect(visitor.get_by_role("heading", name="You are in Pocket Atlas")).to_be_visible()


def test_a_link_that_is_no_invitation_says_so(page: Page) -> None:
    page.goto("/invite/accept?token=made-up")
    expect(page.get_by_role("alert")).not_to_be_empty()
    page.get_by_role("link", name="Go to your notifications").click()
    page.wait_for_url("**/dashboard/notifications")


def test_an_invitation_to_another_address_offers_to_change_the_account(
    world: World, ada: Person, person: Person, page: Page
) -> None:
    other = Person(person.id, f"other-{person.email}")
    with world.api(ada) as owner:
        owner.post(f"/v1/teams/{TEAM}/invitations", json={"email": other.email}).raise_for_status()
    page.goto(_link_in_mail(world, other))
    expect(page.get_by_text(f"You are signed in as {person.email}.")).to_be_visible()
    expect(page.get_by_role("button", name="Join Pocket Atlas")).to_have_count(0)
    page.screenshot(path=SCREENSHOTS / "invitation-for-another.png")
    page.get_by_role("button", name=f"Sign in as {other.email}").click()
    expect(page.get_by_label("E-mail address")).to_have_value(other.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).fill(world.code_for(other))
    page.get_by_role("button", name="Join Pocket Atlas").click()
    expect(page.get_by_role("heading", name="You are in Pocket Atlas")).to_be_visible()
