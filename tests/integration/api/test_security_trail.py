"""What matters for security is in the audit trail: who, from where, when, and no address."""

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.people import Visit
from owlpost.domain.refusals import TooOften
from owlpost.keyed_hashes import CodeHashes
from tests.integration.api.conftest import KEY, Postman, signed_in
from tests.integration.api.test_devices import register
from tests.integration.api.test_teams import MakeTeam
from tests.support.api import ApiClient
from tests.support.clock import FakeClock
from tests.support.people import Person
from tests.support.signing_in import NEW, send, service, verify

IP = ApiClient().ip
SOURCE = CodeHashes([KEY]).hash_source(IP)


def trail(database: Database) -> list[tuple[str, str | None, str | None]]:
    """Return kind, actor and source hash of each event, the oldest first."""
    with database.transaction() as connection:
        rows = connection.execute(text("select kind, actor, source_hash from security_events order by created_at, id"))
        return [tuple(row) for row in rows]


def whole_trail(database: Database) -> str:
    with database.transaction() as connection:
        return str(connection.execute(text("select * from security_events")).all())


def test_sessions_that_end_are_in_the_trail_with_their_person(database: Database, ada: Person) -> None:
    first, second, third = (ApiClient(bearer=signed_in(ada)) for _ in range(3))
    second.get("/v1/auth/me")
    [other] = [row["id"] for row in first.get("/v1/auth/sessions").body["sessions"] if not row["is_current"]]
    first.delete(f"/v1/auth/sessions/{other}")
    first.post("/v1/auth/logout")
    third.delete("/v1/auth/sessions")
    assert trail(database) == [
        ("session_ended", str(ada.id), SOURCE),
        ("signed_out", str(ada.id), SOURCE),
        ("sessions_ended", str(ada.id), SOURCE),
    ]


def test_invitations_are_in_the_trail_from_the_first_to_the_last(
    database: Database, team: MakeTeam, ada: Person, bo: Person, postman: Postman
) -> None:
    team_id, ada_, bo_ = team(owner=ada), ApiClient(bearer=signed_in(ada)), ApiClient(bearer=signed_in(bo))
    path = f"/v1/teams/{team_id}/invitations"
    ada_.delete(f"{path}/{ada_.post(path, {'email': 'cy@people.example'}).body['id']}")
    ada_.post(path, {"email": bo.email})
    for _ in range(2):
        bo_.post("/v1/invites/accept", {"token": postman.token})
    assert trail(database) == [
        ("invited", str(ada.id), SOURCE),
        ("invitation_withdrawn", str(ada.id), SOURCE),
        ("invited", str(ada.id), SOURCE),
        ("invitation_accepted", str(bo.id), SOURCE),
    ]
    assert whole_trail(database).count(team_id) == 4
    assert "people.example" not in whole_trail(database)


def test_a_device_that_moved_is_in_the_trail_with_its_source(
    database: Database, ada: Person, bo: Person, postman: Postman
) -> None:
    for person in (ada, bo):
        register(ApiClient(bearer=signed_in(person)))
    assert trail(database) == [("device_moved", str(bo.id), SOURCE)]
    assert postman.mails


def test_codes_that_a_limit_refuses_are_in_the_trail_once_an_hour_for_a_source(
    database: Database, postman: Postman
) -> None:
    for _ in range(9):
        send(ApiClient())
    assert len(postman.mails) == 5
    assert trail(database) == [("sign_in_limited", None, SOURCE)]
    assert send(ApiClient(ip="198.51.100.9")).status == 429
    assert [kind for kind, _, _ in trail(database)] == ["sign_in_limited"] * 2
    assert NEW.lower() not in whole_trail(database)
    assert IP not in whole_trail(database)
    with database.transaction() as connection:
        connection.execute(text("update security_events set created_at = created_at - interval '61 minutes'"))
    send(ApiClient())
    assert len(trail(database)) == 3


def test_tries_that_a_limit_refuses_are_in_the_trail(database: Database, postman: Postman, clock: FakeClock) -> None:
    limited = service(database, postman, now=clock, per_source=1)
    limited.send_code(NEW, Visit(ip=IP))
    for _ in range(3):
        with pytest.raises(TooOften):
            limited.verify_code(NEW, postman.code, Visit(ip=IP))
    assert trail(database) == [("sign_in_limited", None, SOURCE)]


def test_a_sign_in_and_a_refused_one_are_in_the_trail(database: Database, postman: Postman, ada: Person) -> None:
    send(ApiClient(), ada.email)
    verify(ApiClient(), "wrong", ada.email)
    verify(ApiClient(), postman.code, ada.email)
    assert trail(database) == [("sign_in_refused", None, SOURCE), ("signed_in", str(ada.id), SOURCE)]
