"""The laptop's mailbox: all that was sent is listed, found and read, and what is alike is one line."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.support.browser.world import PATIENCE, Person, World

WIDTHS = {"wide": (1280, 800), "narrow": (390, 800)}


def send(world: World, to: str, subject: str, text: str) -> None:
    """As the adapter would."""
    providers = world.laptop.providers
    key = providers.settings()["RESEND_API_KEY"]
    mail = {"from": "Owl <owl@owl.example>", "to": [to], "subject": subject, "text": text, "html": f"<p>{text}</p>"}
    sent = httpx.post(
        f"{providers.urls['resend']}/emails", json=mail, headers={"authorization": f"Bearer {key}"}, timeout=PATIENCE
    )
    while sent.status_code == 429:
        sent = httpx.post(
            f"{providers.urls['resend']}/emails",
            json=mail,
            headers={"authorization": f"Bearer {key}"},
            timeout=PATIENCE,
        )
    sent.raise_for_status()


@pytest.mark.takes_long("Resend's own rate, for a dozen mails")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", WIDTHS)
def test_it_begins_with_one_persons_mail_finds_any_other_and_folds_what_is_alike(
    world: World, page: Page, person: Person, screen: str, scheme: str
) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[screen], strict=True)))  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    tag = f"{screen}-{scheme}"
    for number in range(6):
        send(world, f"{tag}-{number}@owl.example", f"Told to many {tag}", "The same words.")
    send(world, person.email, f"For you alone {tag}", "Only yours.")
    page.goto(f"{world.laptop.providers.mailbox}/?to={person.email}")
    rows = page.locator(".list button[aria-pressed]")
    expect(rows.first).to_contain_text(f"For you alone {tag}")
    expect(rows.filter(has_not_text=person.email)).to_have_count(0)
    expect(page.locator(".reader h2")).to_have_text(f"For you alone {tag}")
    page.screenshot(path=SCREENSHOTS / f"mailbox-to-{tag}.png")
    page.get_by_role("button", name=f"To {person.email}").click()
    page.get_by_role("searchbox").fill(f"told {tag}")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("6 people")
    expect(page.locator(".reader .meta")).to_contain_text(f"{tag}-5@owl.example")
    page.locator(".reader h2").evaluate("it => { it.dataset.drawn = 'before' }")
    rows.click()
    expect(page.locator(".reader h2:not([data-drawn])")).to_be_visible()
    page.get_by_text("6 alike: who").click()
    page.get_by_role("button", name=f"{tag}-2@owl.example").click()
    expect(page.locator(".reader .meta")).to_contain_text(f"{tag}-2@owl.example")
    page.get_by_text("6 alike: who").click()
    expect(page.locator(".alike li")).to_have_count(6)
    page.screenshot(path=SCREENSHOTS / f"mailbox-alike-{tag}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[screen][0]
    page.get_by_role("searchbox").fill("no such words anywhere")
    expect(page.get_by_text("No mail matches.")).to_be_visible()


def test_a_push_is_under_push_with_its_payload(world: World, page: Page) -> None:
    page.goto(f"{world.laptop.providers.mailbox}/?to=ada@owl.example#push")
    expect(page.get_by_role("link", name="Push")).to_have_attribute("aria-current", "page")
    expect(page.locator("#to")).to_be_hidden()
