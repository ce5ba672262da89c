"""The link in an invitation's mail."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import ADA
from tests.support.browser.world import Person, World

TEAM = "01940000-0000-7000-8000-0000000000a1"
LINK = re.compile(r"/invite/accept\?token=[\w.~-]+")


def _link_in_mail(world: World, person: Person) -> str:
    texts = (mail["text"] or "" for mail in world.mails_to(person))
    return next(found[0] for text in texts if (found := LINK.search(text)))


def test_an_invitation_is_accepted_after_signing_in(world: World, stranger: Person, visitor: Page) -> None:
    with world.api(world.signed_in(ADA)) as ada:
        ada.post(f"/v1/teams/{TEAM}/invitations", json={"email": stranger.email}).raise_for_status()
    visitor.goto(_link_in_mail(world, stranger))
    visitor.get_by_label("E-mail address").fill(stranger.email)
    visitor.get_by_role("button", name="Send me a code").click()
    visitor.get_by_label("Code", exact=True).wait_for()
    visitor.get_by_label("Code", exact=True).fill(world.code_for(stranger))
    visitor.get_by_role("button", name="Join Pocket Atlas").click()
    expect(visitor.get_by_role("heading", name="You are in Pocket Atlas")).to_be_visible()


def test_a_link_that_is_no_invitation_says_so(page: Page) -> None:
    page.goto("/invite/accept?token=made-up")
    expect(page.get_by_role("alert")).not_to_be_empty()
