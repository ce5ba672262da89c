"""What the browser is given: a strict policy, pages that are not kept, assets that are kept for ever."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.world import PATIENCE, Person, World

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SAFE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}
ASSET = re.compile(r'(?:href|src)="(/assets/([0-9a-f]{16})/[\w.-]+)"')


@pytest.fixture
def client(world: World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.url, timeout=PATIENCE) as client:
        yield client


def test_a_page_is_never_kept_and_has_a_strict_policy(client: httpx.Client) -> None:
    headers = client.get("/dashboard/login").headers
    assert {name: headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS


def test_head_has_the_headers_of_get(client: httpx.Client) -> None:
    asset, _ = ASSET.findall(client.get("/dashboard/login").text)[0]
    for path in ("/dashboard/login", asset, "/dashboard/notifications"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        for name in ("content-type", "cache-control", "location"):
            assert head.headers.get(name) == get.headers.get(name)


def test_assets_are_named_by_their_content_and_kept_for_ever(client: httpx.Client) -> None:
    found = ASSET.findall(client.get("/dashboard/login").text)
    assert len({version for _, version in found}) == 1
    for path, _ in found:
        answer = client.get(path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "accept-encoding"
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert (plain.headers["vary"], plain.text) == ("accept-encoding", answer.text)


def test_a_page_of_before_the_deployment_still_finds_its_assets(client: httpx.Client) -> None:
    answer = client.get("/assets/0123456789abcdef/owlpost-inbox.js", follow_redirects=True)
    assert answer.status_code == 200
    assert ASSET.fullmatch(f'src="{answer.url.path}"')
    assert answer.history[0].headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/assets/x/secrets.py", "/assets/x/..%2Fmain.py", "/assets/nothing.js"])
def test_nothing_else_is_given_out(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_bare_address_leads_to_the_dashboard(client: httpx.Client) -> None:
    assert client.get("/", follow_redirects=True).url.path == "/dashboard/login"


def test_the_inbox_is_an_element_for_any_page_of_this_site(world: World, person: Person, page: Page) -> None:
    """As docs/embed.md has it, on a page with styles of its own."""
    world.tell(person, "Seen from elsewhere")
    page.route(
        "**/elsewhere",
        lambda route: route.fulfill(
            content_type="text/html",
            body='<title>Elsewhere</title><script type="module" src="/assets/owlpost-inbox.js"></script>'
            '<owlpost-inbox read-state="all" page-size="5"></owlpost-inbox>',
        ),
    )
    page.goto("/elsewhere")
    expect(page.get_by_role("heading", name="Seen from elsewhere")).to_be_visible()
    assert page.locator("owlpost-inbox li.row").evaluate("row => getComputedStyle(row).display") == "flex"


def test_a_page_that_embeds_decides_itself_what_signed_out_means(world: World, visitor: Page) -> None:
    visitor.route(
        "**/elsewhere",
        lambda route: route.fulfill(
            content_type="text/html",
            body="""<script>document.addEventListener("owlpost-signed-out", (event) => {
              event.preventDefault(); document.title = "Please sign in"; })</script>
              <script type="module" src="/assets/owlpost-inbox.js"></script><owlpost-inbox></owlpost-inbox>""",
        ),
    )
    visitor.goto("/elsewhere")
    expect(visitor).to_have_title("Please sign in")
    assert visitor.url == f"{world.url}/elsewhere"
