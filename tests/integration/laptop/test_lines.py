"""Lines on a whole laptop: a real enqueue is heard by a real connection, and nobody else hears it."""

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from infra.local.laptop.given import LINES, Given
from infra.local.laptop.laptop import Laptop
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.line_events import NUDGE
from tests.support.browser.world import Person, World
from tests.support.engine_stage import eventually
from tests.support.laptops import running, stored_by
from tests.support.people import add_person

HEARD = 60.0


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    yield from running(tmp_path_factory)


@pytest.fixture(scope="module")
def stored(laptop: Laptop) -> Iterator[Database]:
    yield from stored_by(laptop)


def _world(laptop: Laptop) -> World:
    httpx.get(f"{laptop.url}/v1/health", timeout=60).raise_for_status()  # a first start takes seconds
    return World(laptop)


@pytest.fixture(scope="module")
def world(laptop: Laptop) -> World:
    return _world(laptop)


def _somebody(world: World, stored: Database) -> Person:
    with stored.transaction() as connection:
        person = add_person(connection, email=f"{secrets.token_hex(6)}@people.example")
    return world.signed_in(Person(person.id, person.email))


@pytest.fixture
def ada(world: World, stored: Database) -> Person:
    return _somebody(world, stored)


@pytest.fixture
def bo(world: World, stored: Database) -> Person:
    return _somebody(world, stored)


def ticket(world: World, person: Person) -> str:
    with world.api(person) as api:
        return str(api.post("/v1/lines").raise_for_status().json()["url"])


def open_line(world: World, person: Person) -> Connection:
    return connect(ticket(world, person), origin=world.url, open_timeout=HEARD)  # type: ignore[arg-type]  # a NewType of str


def heard(line: Connection) -> str:
    return str(line.recv(timeout=HEARD))


def hears_nothing(line: Connection) -> bool:
    """Ask for an answer: what was sent before it would have come before it."""
    line.send('{"action":"ping"}')
    return heard(line) == '{"pong":true}'


def held(stored: Database, person: Person) -> int:
    with stored.transaction() as connection:
        count: int = connection.execute(
            text("select count(*) from lines where user_id = :id and connection_id is not null"), {"id": person.id}
        ).scalar_one()
    return count


def test_an_enqueue_nudges_the_pages_of_whom_it_tells_and_no_others(world: World, ada: Person, bo: Person) -> None:
    with open_line(world, ada) as first, open_line(world, ada) as second, open_line(world, bo) as other:
        world.tell(ada, "A letter")
        assert [heard(first), heard(second)] == [NUDGE, NUDGE]
        world.tell(bo, "A parcel")
        assert heard(other) == NUDGE
        assert hears_nothing(first)


def test_what_is_read_in_one_place_nudges_all(world: World, ada: Person) -> None:
    id_ = world.tell(ada, "A letter")
    with open_line(world, ada) as line, world.api(ada) as api:
        acts: list[tuple[str, str, Any]] = [
            ("PATCH", f"/v1/notifications/{id_}", {"read": True}),
            ("POST", "/v1/notifications/acts", {"act": "done", "ids": [id_]}),
            ("DELETE", f"/v1/notifications/{id_}", None),
        ]
        for method, path, body in acts:
            api.request(method, path, json=body).raise_for_status()
            assert heard(line) == NUDGE


def test_what_is_for_later_or_not_for_the_inbox_nudges_nobody(world: World, ada: Person) -> None:
    with open_line(world, ada) as line, world.api(ada) as api:
        world.tell(ada, "Later", not_before=(utc_now() + timedelta(days=1)).isoformat())
        types = {"questionnaire.response_new": {"in_app": False}}
        api.patch("/v1/auth/me", json={"preferences": {"notifications": {"types": types}}}).raise_for_status()
        world.tell(ada, "By mail only")
        assert hears_nothing(line)


@pytest.mark.parametrize("end", ["POST /v1/auth/logout", "DELETE /v1/auth/sessions"])
def test_a_session_that_ends_takes_its_line_along_and_no_other(
    world: World, stored: Database, ada: Person, end: str
) -> None:
    elsewhere = world.signed_in(Person(ada.id, ada.email))
    method, path = end.split()
    with open_line(world, ada) as line, open_line(world, elsewhere) as kept, world.api(ada) as api:
        api.request(method, path, params={"keep": "current"} if method == "DELETE" else {}).raise_for_status()
        ended, stays = (line, kept) if method == "POST" else (kept, line)
        with pytest.raises(ConnectionClosed):
            ended.recv(timeout=HEARD)
        world.tell(ada, "A letter")
        assert heard(stays) == NUDGE


def test_an_erased_person_has_no_line(world: World, laptop: Laptop, ada: Person) -> None:
    with open_line(world, ada) as line:
        command = {"command": "erase_person", "user": str(ada.id), "dry_run": True}
        assert laptop.engine.invoke("owlpost-operate", command)["dry_run"]
        assert hears_nothing(line)
        laptop.engine.invoke("owlpost-operate", {**command, "dry_run": False})
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=HEARD)


def test_a_line_that_ends_is_forgotten(world: World, stored: Database, ada: Person) -> None:
    with open_line(world, ada):
        assert held(stored, ada) == 1
    eventually(lambda: held(stored, ada) == 0)


def test_a_connection_that_is_gone_is_forgotten_by_the_next_nudge(world: World, stored: Database, ada: Person) -> None:
    with stored.transaction() as connection:
        connection.execute(
            text(
                "insert into lines (user_id, session_id, connection_id, ends_at)"
                " values (:id, 's', 'L0SM9cOFvHcCIhw=', now() + interval '1 hour')"
            ),
            {"id": ada.id},
        )
    world.tell(ada, "A letter")
    eventually(lambda: held(stored, ada) == 0)


def refused(url: str, **more: Any) -> int:
    with pytest.raises(InvalidStatus) as found:
        connect(url, open_timeout=HEARD, **more)
    return found.value.response.status_code


def test_a_ticket_opens_one_line_once(world: World, ada: Person) -> None:
    url = ticket(world, ada)
    with connect(url, open_timeout=HEARD):
        assert refused(url) == 403
    assert refused(url) == 403


@pytest.mark.parametrize(
    "wrong", ["", "?ticket=", "?ticket=nonsense", f"?ticket={'x' * 3000}", "?ticket=%00", "?ticke=a"]
)
def test_a_wrong_ticket_opens_nothing(laptop: Laptop, wrong: str) -> None:
    assert laptop.engine.lines is not None
    assert refused(laptop.engine.lines.url + wrong) == 403


def test_a_page_of_another_site_opens_nothing_and_uses_nothing_up(world: World, ada: Person) -> None:
    url = ticket(world, ada)
    for origin in ("https://evil.example", "null", f"{world.url}.evil.example", world.url.replace("http:", "https:")):
        assert refused(url, origin=origin) == 403
    with connect(url, origin=world.url, open_timeout=HEARD):  # type: ignore[arg-type]  # a NewType of str
        pass


def test_a_ticket_ends_with_its_session_and_by_itself(world: World, stored: Database, ada: Person) -> None:
    late = ticket(world, ada)
    with stored.transaction() as connection:
        connection.execute(text("update lines set ends_at = now() where user_id = :id"), {"id": ada.id})
    assert refused(late) == 403
    url = ticket(world, ada)
    with world.api(ada) as api:
        api.post("/v1/auth/logout").raise_for_status()
    assert refused(url) == 403


def test_a_ticket_that_was_asked_for_while_its_session_ended_opens_nothing(
    world: World, stored: Database, ada: Person
) -> None:
    """The sign-out did not see the ticket, which was committed right after it."""
    url = ticket(world, ada)
    with stored.transaction() as connection:
        row = connection.execute(text("delete from lines where user_id = :id returning *"), {"id": ada.id}).one()
    with world.api(ada) as api:
        api.post("/v1/auth/logout").raise_for_status()
    with stored.transaction() as connection:
        connection.execute(
            text(
                "insert into lines (user_id, session_id, ticket_hash, created_at, ends_at)"
                " values (:user_id, :session_id, :ticket_hash, :created_at, :ends_at)"
            ),
            dict(row._mapping),
        )
    assert refused(url) == 403


def test_only_somebody_who_is_signed_in_gets_a_ticket_and_only_their_own_page_asks(world: World, ada: Person) -> None:
    with httpx.Client(base_url=world.url, timeout=HEARD) as nobody:
        assert nobody.post("/v1/lines").status_code == 401
        foreign = {"cookie": f"token={ada.token}", "sec-fetch-site": "cross-site"}
        assert nobody.post("/v1/lines", headers=foreign).status_code == 403


def test_the_oldest_line_gives_way_to_the_twenty_first(world: World, stored: Database, ada: Person) -> None:
    lines = [open_line(world, ada) for _ in range(21)]
    try:
        with pytest.raises(ConnectionClosed):
            lines[0].recv(timeout=HEARD)
        world.tell(ada, "A letter")
        assert {heard(line) for line in lines[1:]} == {NUDGE}
        assert held(stored, ada) == 20
    finally:
        for line in lines:
            line.close()


def test_a_flood_of_messages_reaches_no_function(world: World, laptop: Laptop, ada: Person) -> None:
    with open_line(world, ada) as line:
        before = laptop.engine.sandboxes.log("line").read_text(encoding="utf-8")
        for number in range(500):
            line.send(json.dumps({"action": "nudge", "nudge": ["all"], "number": number}))
        assert all("Forbidden" in heard(line) for _ in range(500))
        assert laptop.engine.sandboxes.log("line").read_text(encoding="utf-8") == before


def test_the_count_says_whether_there_are_lines(world: World, ada: Person) -> None:
    with world.api(ada) as api:
        assert api.get("/v1/notifications/unread-count").json() == {"count": 0, "lines": True}


@pytest.mark.takes_long("starts a second laptop")
def test_an_installation_without_lines_says_so_and_works(tmp_path_factory: pytest.TempPathFactory) -> None:
    for laptop in running(tmp_path_factory, Given({LINES: "off"})):
        world = _world(laptop)
        for stored in stored_by(laptop):
            person = _somebody(world, stored)
        world.tell(person, "A letter")
        assert laptop.engine.lines is None
        with world.api(person) as api:
            assert api.get("/v1/notifications/unread-count").json() == {"count": 1}
            assert api.post("/v1/lines").status_code == 404
            policy = api.get("/dashboard/login").headers["content-security-policy"]
        assert "connect-src 'self';" in policy


def test_a_nudge_that_is_lost_changes_nothing(world: World, laptop: Laptop, stored: Database, ada: Person) -> None:
    """The connection is known and cannot be reached: the request is stored and told all the same."""
    with open_line(world, ada):
        assert laptop.engine.lines is not None
        laptop.engine.lines.drop_all()
        id_ = world.tell(ada, "A letter")
    with stored.transaction() as connection:
        found = connection.execute(text("select title from notifications where id = :id"), {"id": UUID(id_)})
        assert found.scalar_one() == "A letter"
