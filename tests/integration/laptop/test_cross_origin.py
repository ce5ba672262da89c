"""Pages of another origin against a whole laptop: what its doors, its API, its assets and its lines say to them."""

from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from infra.local.laptop.given import Given
from infra.local.laptop.laptop import Laptop
from tests.support.browser.world import Person, World
from tests.support.laptops import running
from tests.support.people import add_person

APP, STRANGER = "http://localhost:5173", "http://localhost:5174"
PREFLIGHT = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
FETCHED = {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    yield from running(tmp_path_factory, Given({"EMBED_ORIGINS": APP}))


@pytest.fixture(scope="module")
def world(laptop: Laptop) -> World:
    httpx.get(f"{laptop.url}/v1/health", timeout=60).raise_for_status()  # a first start takes seconds
    return World(laptop)


@pytest.fixture(scope="module")
def ada(world: World) -> Person:
    database = world.laptop.database()
    try:
        with database.transaction() as connection:
            person = add_person(connection, email="ada@people.example")
    finally:
        database.close()
    return world.signed_in(Person(person.id, person.email))


def asked(world: World, method: str, path: str, origin: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, world.url + path, headers={"origin": origin, **FETCHED, **named}, timeout=60)


def test_a_listed_page_asks_first_and_reads_then(world: World, ada: Person) -> None:
    first = httpx.options(f"{world.url}/v1/auth/me", headers={"origin": APP, **FETCHED, **PREFLIGHT}, timeout=60)
    assert (first.status_code, first.content) == (204, b"")
    assert first.headers["access-control-allow-origin"] == APP
    read = asked(world, "GET", "/v1/auth/me", APP, authorization=f"Bearer {ada.token}")
    assert (read.status_code, read.headers["access-control-allow-origin"]) == (200, APP)
    assert read.json()["user"]["email"] == ada.email


def test_another_page_of_this_machine_gets_nothing(world: World, ada: Person) -> None:
    first = httpx.options(f"{world.url}/v1/auth/me", headers={"origin": STRANGER, **FETCHED, **PREFLIGHT}, timeout=60)
    read = asked(world, "GET", "/v1/auth/me", STRANGER, authorization=f"Bearer {ada.token}")
    for answer in (first, read):
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_a_cookie_of_the_listed_page_counts_for_nothing(world: World, ada: Person) -> None:
    read = asked(world, "GET", "/v1/auth/me", APP, cookie=f"token={ada.token}")
    assert (read.status_code, "access-control-allow-origin" in read.headers) == (403, False)


def test_scripts_and_style_sheets_are_loaded_from_another_origin_and_pages_are_not(world: World) -> None:
    script = asked(world, "GET", "/assets/owlpost-bell.js", APP)
    named = script.text.partition('"')[2].partition('"')[0]
    old = named.replace(named.split("/")[2], "0123456789abcdef")
    for path in ("/assets/owlpost-bell.js", named, old, named.rpartition("/")[0] + "/owlpost-bell.css"):
        loaded = asked(world, "GET", path, APP)
        assert loaded.status_code in {200, 302}
        assert loaded.headers["access-control-allow-origin"] == "*"
        assert loaded.headers["cross-origin-resource-policy"] == "cross-origin"
    page = httpx.get(f"{world.url}/dashboard/login", timeout=60)
    assert "access-control-allow-origin" not in page.headers
    assert page.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_listed_page_holds_a_line_and_no_other_does(world: World, ada: Person) -> None:
    def ticket() -> str:
        return str(asked(world, "POST", "/v1/lines", APP, authorization=f"Bearer {ada.token}").json()["url"])

    with connect(ticket(), origin=APP, open_timeout=60) as line:  # type: ignore[arg-type]  # a NewType of str
        line.send('{"action":"ping"}')
        assert line.recv(timeout=60) == '{"pong":true}'
    with pytest.raises(InvalidStatus) as refused:
        connect(ticket(), origin=STRANGER, open_timeout=60)  # type: ignore[arg-type]  # a NewType of str
    assert refused.value.response.status_code == 403
