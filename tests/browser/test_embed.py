"""The pages of docs/embed.md as they stand there: a product with its own login, behind one proxy and across two origins."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from infra.local.laptop.given import Given
from infra.local.laptop.laptop import Laptop
from infra.local.laptop.seed import seed
from tests.browser.conftest import READERS, SCREENSHOTS, start_functions
from tests.support.browser.product import COOKIE, Product, serving
from tests.support.browser.world import PATIENCE, Person, World
from tests.support.engine_stage import eventually

TEXT = (Path(__file__).parents[2] / "docs" / "embed.md").read_text(encoding="utf-8")
PRODUCT, OWLPOST = "https://app.example.com", "https://owlpost.example.com"
PROXY, TOKEN = "by a proxy", "with a token"
COUNT = "/v1/notifications/unread-count"
#: All that is in the page, shadow roots included, and all that it keeps in the browser.
ALL_THAT_IS_KEPT = """() => {
  const within = (root) => root.innerHTML + [...root.querySelectorAll("*")].map(inShadow).join();
  const inShadow = ({ shadowRoot }) => (shadowRoot ? within(shadowRoot) : "");
  const stored = [localStorage, sessionStorage].map((storage) => JSON.stringify({ ...storage }));
  return within(document.documentElement) + stored.join() + document.cookie;
}"""


def of_the_page(name: str) -> str:
    """The block of the documentation that has this name."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, name
    return found[1]


def variables() -> dict[str, str]:
    """What Owlpost is told of the product, of both ways."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return dict(line.partition("=")[::2] for block in blocks for line in block.splitlines())


def token_maker(product: Product) -> Any:
    made: dict[str, Any] = {}
    exec(of_the_page("token").replace(PRODUCT, product.url), made)  # noqa: S102 (the documentation's own code)
    return made["owlpost_token"]


@dataclass(frozen=True)
class Site:
    """Owlpost, and one product that it knows; `stranger` is one that it does not."""

    world: World
    product: Product
    stranger: Product

    def serve(self, product: Product, way: str) -> None:
        """Have the product's page, script and policy as the documentation has them."""
        gateway = self.world.laptop.engine.lines
        assert gateway is not None
        names = {PRODUCT: product.url, OWLPOST: self.world.url}
        product.page, product.script, policy = (
            self._named(of_the_page(f"{part} {way}"), names) for part in ("page", "script", "policy")
        )
        product.behind = self.world.url if way == PROXY else ""
        # of an installation with lines
        product.policy = policy.partition(": ")[2].strip().replace("connect-src", f"connect-src {gateway.url}")

    @staticmethod
    def _named(text: str, names: dict[str, str]) -> str:
        for name, url in names.items():
            text = text.replace(name, url)
        return text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as parts:
        product, stranger = parts.enter_context(serving()), parts.enter_context(serving())
        product.token, stranger.token, stranger.key = token_maker(product), token_maker(product), product.key
        told = {name: value.replace(PRODUCT, product.url) for name, value in variables().items()}
        laptop = parts.enter_context(Laptop(tmp_path_factory.mktemp("laptop"), given=Given(told)))
        database = laptop.database()
        seed(database)
        database.close()
        start_functions(laptop)
        yield Site(World(laptop), product, stranger)


@pytest.fixture
def world(site: Site) -> World:
    return site.world


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce") as context:
        yield context


def new_person(site: Site) -> Person:
    """Somebody who is known to both, and who has never signed in at Owlpost."""
    number = next(READERS)
    id_ = UUID(f"01940000-0000-7000-8001-{number:012x}")
    return Person(id_, f"reader{number}@community.example", site.product.token_of(str(id_)))


@pytest.fixture
def person(site: Site) -> Person:
    return new_person(site)


def sign_in(page: Page, product: Product, person: Person) -> None:
    page.goto(f"{product.url}/login?as={person.id}")


def opened(site: Site, page: Page, person: Person, way: str, product: Product | None = None) -> None:
    """Sign in at the product, and open its page."""
    at = product or site.product
    site.serve(at, way)
    sign_in(page, at, person)
    page.goto(at.url)


def chosen(world: World, person: Person) -> Any:
    with world.api(person) as client:
        return client.get("/v1/auth/me").json()["user"]["preferences"].get("notifications", {}).get("types")


@pytest.mark.parametrize("way", [PROXY, TOKEN])
@pytest.mark.parametrize("colours", ["light", "dark", "forced"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_products_page_shows_what_is_new_and_keeps_what_is_chosen_by_mouse_and_keyboard(
    site: Site, world: World, person: Person, visitor: Page, way: str, colours: str, width: int
) -> None:
    world.tell(person, "First")
    world.tell(person, "Second", body="Some words about it that are long enough to be cut or wrapped.")
    visitor.set_viewport_size({"width": width, "height": 760})
    if colours == "forced":
        visitor.emulate_media(forced_colors="active")
    else:
        visitor.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    opened(site, visitor, person, way)
    toggle = visitor.get_by_role("switch", name="New issues: Email")
    expect(toggle).not_to_be_checked(timeout=PATIENCE * 1_000)  # a function may start cold
    name = f"embed-{'proxy' if way == PROXY else 'token'}-{width}-{colours}"
    visitor.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    toggle.click()
    expect(visitor.locator("owlpost-preferences").get_by_role("status")).to_have_text("Saved.")
    eventually(lambda: chosen(world, person) == {"issue.new": {"email": True}})
    bell = visitor.get_by_role("button", name="Notifications, 2 unread")
    bell.focus()
    visitor.keyboard.press("Enter")
    popup = visitor.get_by_role("dialog", name="Notifications")
    expect(popup.get_by_role("heading", name="Second")).to_be_visible()
    visitor.screenshot(path=SCREENSHOTS / f"{name}-bell.png")
    assert visitor.evaluate("document.documentElement.scrollWidth") <= width
    popup.get_by_role("button", name="Mark all as read").press("Enter")
    expect(visitor.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    visitor.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    with world.api(person) as client:
        assert client.get(COUNT).json()["count"] == 0


@pytest.mark.parametrize("way", [PROXY, TOKEN])
def test_who_is_not_signed_in_is_led_to_the_products_login(site: Site, visitor: Page, way: str) -> None:
    site.serve(site.product, way)
    visitor.goto(site.product.url)
    expect(visitor).to_have_title("The product's login")
    assert visitor.url == f"{site.product.url}/login"


def test_the_products_script_listens_before_ours_run(site: Site, visitor: Page) -> None:
    """However late it comes: else an answer to our first request would lead to our own login."""
    site.serve(site.product, PROXY)

    def late(route: Route) -> None:
        visitor.wait_for_timeout(2_000)
        route.continue_()

    visitor.route("**/product.js", late)
    visitor.goto(site.product.url)
    expect(visitor).to_have_title("The product's login")


@pytest.mark.parametrize("way", [PROXY, TOKEN])
def test_what_arrives_is_seen_at_once_over_a_line(
    site: Site, world: World, person: Person, visitor: Page, way: str
) -> None:
    with visitor.expect_websocket(timeout=PATIENCE * 1_000):
        opened(site, visitor, person, way)
    expect(visitor.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    visitor.wait_for_timeout(3_000)  # the second request on arrival
    world.tell(person, "A letter")
    expect(
        visitor.get_by_role("button", name="Notifications, 1 unread")
    ).to_be_visible()  # the next poll is farther away


def test_two_tokens_of_one_second_are_two_sessions(site: Site, person: Person) -> None:
    made = {site.product.token_of(str(person.id)) for _ in range(5)}
    assert len(made) == 5


def test_a_token_that_has_ended_is_asked_for_anew_and_nobody_notices(
    site: Site, world: World, person: Person, visitor: Page
) -> None:
    world.tell(person, "A letter")
    opened(site, visitor, person, TOKEN)
    toggle = visitor.get_by_role("switch", name="New issues: Email")
    expect(toggle).to_be_visible()
    before = list(site.product.handed_out)
    for token in before[-2:]:
        httpx.post(f"{world.url}/v1/auth/logout", headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE)
    eventually(
        lambda: (
            httpx.get(
                f"{world.url}/v1/auth/me", headers={"authorization": f"Bearer {before[-1]}"}, timeout=PATIENCE
            ).status_code
            == 401
        )
    )
    toggle.click()
    expect(visitor.locator("owlpost-preferences").get_by_role("status")).to_have_text("Saved.")
    assert len(site.product.handed_out) > len(before)
    assert visitor.url == f"{site.product.url}/"


def test_the_token_is_nowhere_in_the_page_and_no_cookie_goes_along(site: Site, person: Person, visitor: Page) -> None:
    asked: list[dict[str, str]] = []
    visitor.on(
        "request",
        lambda each: asked.append(each.all_headers()) if each.url.startswith(f"{site.world.url}/v1/") else None,
    )
    visitor.context.add_cookies([{"name": "token", "value": "nonsense", "url": site.world.url}])
    opened(site, visitor, person, TOKEN)
    expect(visitor.get_by_role("switch", name="New issues: Email")).to_be_visible()
    expect(visitor.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    token = site.product.handed_out[-1]
    kept = visitor.evaluate(ALL_THAT_IS_KEPT)
    assert token not in kept
    eventually(lambda: bool(visitor.evaluate("1")) and len(asked) > 3)
    assert all("cookie" not in headers and headers["authorization"].startswith("Bearer ") for headers in asked)
    assert COOKIE not in kept


def test_a_page_of_an_origin_that_is_not_listed_is_shown_nothing(
    site: Site, world: World, person: Person, visitor: Page
) -> None:
    """It has the very page, and even a good token; what it lacks is a place in the list."""
    world.tell(person, "For no other eyes")
    answered: list[int] = []
    visitor.on("response", lambda each: answered.append(each.status) if "/v1/" in each.url else None)
    opened(site, visitor, person, TOKEN, site.stranger)
    visitor.wait_for_timeout(2_000)
    assert visitor.locator("owlpost-bell, owlpost-preferences").evaluate_all(
        "all => all.map(each => each.shadowRoot)"
    ) == [
        None,
        None,
    ]
    status = visitor.evaluate(
        """async ([url, token]) => fetch(`${url}/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } })
          .then((answer) => answer.status, (error) => error.name)""",
        [world.url, person.token],
    )
    assert (status, answered) == ("TypeError", [])


def test_another_person_signs_in_and_all_elements_are_theirs(
    site: Site, world: World, person: Person, visitor: Page
) -> None:
    other = new_person(site)
    world.tell(person, "For the first")
    for title in ("One", "Two"):
        world.tell(other, title)
    with world.api(other) as client:
        said = {"types": {"issue.new": {"email": True}}}
        client.patch("/v1/auth/me", json={"preferences": {"notifications": said}}).raise_for_status()
    opened(site, visitor, person, TOKEN)
    visitor.get_by_role("button", name="Notifications, 1 unread").click()
    expect(visitor.get_by_role("heading", name="For the first")).to_be_visible()
    visitor.keyboard.press("Escape")
    visitor.evaluate(f"fetch('/login?as={other.id}')")
    eventually(
        lambda: (
            other.id.hex in str(visitor.context.cookies()) or site.product.user_of(cookie_of(visitor)) == str(other.id)
        )
    )
    visitor.evaluate("document.dispatchEvent(new Event('owlpost-signed-in'))")
    visitor.get_by_role("button", name="Notifications, 2 unread").click()
    expect(visitor.get_by_role("heading", name="Two")).to_be_visible()
    expect(visitor.get_by_role("heading", name="For the first")).to_have_count(0)
    visitor.keyboard.press("Escape")
    expect(visitor.get_by_role("switch", name="New issues: Email")).to_be_checked()


def cookie_of(page: Page) -> str:
    return "; ".join(f"{each.get('name')}={each.get('value')}" for each in page.context.cookies())


def test_a_browser_asks_once_whether_it_may_and_remembers_the_answer(site: Site, person: Person, visitor: Page) -> None:
    asked: list[str] = []
    network = visitor.context.new_cdp_session(visitor)
    network.send("Network.enable")
    network.on(
        "Network.requestWillBeSent",
        lambda sent: asked.append(sent["request"]["url"]) if sent["request"]["method"] == "OPTIONS" else None,
    )
    opened(site, visitor, person, TOKEN)
    expect(visitor.get_by_role("switch", name="New issues: Email")).to_be_visible()
    visitor.wait_for_timeout(3_000)  # the second request on arrival
    eventually(lambda: bool(visitor.evaluate("1")) and any("/v1/lines" in url for url in asked))
    first = list(asked)
    assert first.count(f"{site.world.url}{COUNT}") == 1  # of two requests
    visitor.reload()
    expect(visitor.get_by_role("switch", name="New issues: Email")).to_be_visible()
    assert asked == first


def test_a_link_is_the_pages_to_follow_if_it_wants_to(site: Site, world: World, person: Person, visitor: Page) -> None:
    world.tell(person, "An order", link="/orders/5")
    opened(site, visitor, person, TOKEN)
    visitor.evaluate(
        """addEventListener("owlpost-follow", (event) => { event.preventDefault(); document.title = event.detail.link; })"""
    )
    visitor.get_by_role("button", name="Notifications, 1 unread").click()
    visitor.get_by_role("link", name="An order").click()
    expect(visitor).to_have_title("/orders/5")
    assert visitor.url == f"{site.product.url}/"
    expect(visitor.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
