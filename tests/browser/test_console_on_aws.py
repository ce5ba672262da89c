"""The console as it asks AWS: by the account's credentials, boto3 and Lambda's Invoke, here at the laptop's control door.

Nothing of it knows of the laptop: no mailbox, no switchboard. STS answers in its own words.
"""

import argparse
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from infra.cli.run_console import asking
from infra.cli.target import connect
from infra.local.console.server import Console
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_console import SERIOUS, WIDTHS, axe, ended, open_tab
from tests.support.browser.world import Person, World

#: Milliseconds: the function may have to start first.
FIRST_ANSWER = 60_000
ARN = "arn:aws:iam::123456789012:user/grace"
#: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>{ARN}</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>""".encode()


class Sts(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(IDENTITY)))
        self.end_headers()
        self.wfile.write(IDENTITY)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Sts) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def console(world: World, sts: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Console]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_LAMBDA": world.laptop.state()["lambda"],
        "AWS_ENDPOINT_URL_STS": sts,
    }.items():
        monkeypatch.setenv(name, value)
    options = argparse.Namespace(aws=True, data_dir=tmp_path, prefix=None)
    console = Console()
    console.start(asking(connect(options)), place="Owlpost on AWS")
    yield console
    console.stop()


def opened(browser: Browser, console: Console, device: str, place: str) -> Page:
    width, height = WIDTHS[device]
    page = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True).new_page()
    page.goto(f"{console.url}/#{place}")
    return page


def chosen_by_keyboard(page: Page, target: Locator) -> None:
    """Reach the control by Tab alone, and press it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            page.keyboard.press("Enter")
            return
    pytest.fail("no number of Tabs reaches it")


@pytest.mark.takes_long("erases a person on a running laptop, by keyboard, on two screens")
@pytest.mark.parametrize("device", WIDTHS)
def test_a_person_is_exported_and_erased_by_keyboard(
    browser: Browser, console: Console, world: World, stranger: Person, device: str
) -> None:
    title = f"For {stranger.email}"
    world.tell(stranger, title, kind="feedback.new")
    ended(world, title, "sent")
    page = opened(browser, console, device, f"people?user={stranger.email}&type=feedback.new")
    week = page.get_by_role("region", name="The last seven days, counted")
    expect(week).to_contain_text("feedback.new", timeout=FIRST_ANSWER)
    page.screenshot(path=SCREENSHOTS / f"console-person-{device}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device][0]
    assert SERIOUS
    assert axe(page) == []
    with page.expect_download() as download:
        chosen_by_keyboard(page, page.get_by_role("button", name="Export …"))
    tables = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["tables"]
    assert [row["email"] for row in tables["users"]] == [stranger.email]
    assert title in [row["title"] for row in tables["notifications"]]
    chosen_by_keyboard(page, page.get_by_role("button", name="Erase …"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("So much would be erased")
    page.screenshot(path=SCREENSHOTS / f"console-erase-{device}.png")
    assert axe(page) == []
    chosen_by_keyboard(page, dialog.get_by_role("button", name="Erase for good"))
    expect(dialog.get_by_role("status")).to_contain_text("Erased at")
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Person").fill(stranger.email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("there is no person")
    open_tab(page, "Journal")
    expect(page.get_by_role("row").filter(has_text="erase_person").first).to_contain_text(ARN)
    page.context.close()


@pytest.mark.takes_long("waits until a mail is out")
def test_a_mail_is_shown_as_it_was_sent_although_no_mailbox_is_near(
    browser: Browser, console: Console, world: World, stranger: Person
) -> None:
    title = f"Seen again by {stranger.email}"
    world.tell(stranger, title, kind="feedback.new", body="It crashes when I open the map.")
    ended(world, title, "sent")
    page = opened(browser, console, "desktop", f"deliveries?user={stranger.email}&channel=email")
    page.get_by_role("link", name=title).first.click(timeout=FIRST_ANSWER)
    expect(page.get_by_text("to the letter")).to_be_visible()
    frame = page.frame_locator(f'iframe[title="Mail: {title}"]')
    expect(frame.get_by_text("It crashes when I open the map.").last).to_be_visible()
    assert frame.locator("img").evaluate("async it => { await it.decode(); return it.naturalWidth > 0 }"), "the owl"
    page.screenshot(path=SCREENSHOTS / "console-content-on-aws.png", full_page=True)
    assert axe(page) == []
    page.context.close()
