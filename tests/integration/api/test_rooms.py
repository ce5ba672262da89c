"""A team's rooms: its owners and admins connect, test and remove them, and its members see them."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.connect import URL, Connect, ConnectKind
from owlpost.queue import Queues
from owlpost.sandbox import Sandbox
from owlpost.wiring import api as wiring
from tests.integration.api.conftest import signed_in
from tests.support.api import Answer, ApiClient
from tests.support.people import Person

PLAN = Connect((ConnectKind("hook", "Hook", "room", "seen", asks=URL, hosts=("hooks.example.com",)),))
URL_ = "https://hooks.example.com/T0K3N"


@pytest.fixture(autouse=True)
def webhook(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, queues: Queues) -> Iterator[None]:
    """Rooms over a channel whose queue is there."""
    monkeypatch.setenv("DESTINATION_KEYS", "the key of the seals of these tests and of no others")
    NOTIFICATION_CHANNELS["webhook"] = Channel("webhook", "Hooks", "x", reach="destinations", connect=PLAN)
    sandbox.provide(wiring.queues, queues)
    yield
    del NOTIFICATION_CHANNELS["webhook"]


@pytest.fixture
def team(database: Database, ada: Person, bo: Person) -> UUID:
    id_ = uuid4()
    with database.transaction() as connection:
        connection.execute(
            text("insert into teams (id, name, slug) values (:id, 'Cartographers', :slug)"),
            {"id": id_, "slug": id_.hex},
        )
    return id_


def join(database: Database, team: UUID, person: Person, role: str) -> ApiClient:
    with database.transaction() as connection:
        connection.execute(
            text("insert into team_members (team_id, user_id, role) values (:team, :user, :role)"),
            {"team": team, "user": person.id, "role": role},
        )
    return ApiClient(bearer=signed_in(person))


def connect(client: ApiClient, team: UUID, **changes: object) -> Answer:
    return client.post("/v1/destinations", {"channel": "webhook", "url": URL_, "team_id": str(team), **changes})


def rooms(client: ApiClient, team: UUID) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/v1/destinations", team_id=str(team)).body["destinations"]
    return found


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_who_runs_a_team_connects_its_rooms_and_its_members_see_them(
    database: Database, ada: Person, bo: Person, team: UUID, role: str
) -> None:
    lead, member = join(database, team, ada, role), join(database, team, bo, "member")
    answer = connect(lead, team, label="#alerts", types=["issue.new"])
    assert answer.status == 201
    shown = answer.body["destination"]
    assert (shown["team_id"], shown["types"], shown["state"]) == (str(team), ["issue.new"], "unverified")
    assert rooms(lead, team) == rooms(member, team) == [shown]
    assert lead.get("/v1/destinations").body["destinations"] == []
    assert "T0K3N" not in str(rooms(member, team))


def test_a_member_connects_and_changes_none(database: Database, ada: Person, bo: Person, team: UUID) -> None:
    lead, member = join(database, team, ada, "owner"), join(database, team, bo, "member")
    assert connect(member, team).status == 403
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    answers = [
        member.patch(path, {"label": "Mine"}),
        member.delete(path),
        member.post(f"{path}/test"),
        member.post(f"{path}/rotate-secret"),
    ]
    assert [answer.status for answer in answers] == [404] * 4


def test_a_stranger_sees_and_connects_none(database: Database, ada: Person, bo: Person, team: UUID) -> None:
    lead, stranger = join(database, team, ada, "owner"), ApiClient(bearer=signed_in(bo))
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    assert stranger.get("/v1/destinations", team_id=str(team)).status == 404
    assert connect(stranger, team).status == 404
    assert stranger.delete(path).status == 404


def test_who_left_changes_none_and_the_room_stays(database: Database, ada: Person, bo: Person, team: UUID) -> None:
    lead, other = join(database, team, ada, "owner"), join(database, team, bo, "admin")
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    with database.transaction() as connection:
        connection.execute(text("delete from team_members where user_id = :id"), {"id": ada.id})
    assert lead.patch(path, {"label": "Mine"}).status == 404
    assert other.patch(path, {"label": "Ours"}).body["destination"]["label"] == "Ours"


def test_what_a_room_is_told_of_is_chosen_and_all_again(database: Database, ada: Person, team: UUID) -> None:
    lead = join(database, team, ada, "owner")
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    assert lead.patch(path, {"types": ["issue.new", "feedback.new"]}).body["destination"]["types"] == [
        "feedback.new",
        "issue.new",
    ]
    assert lead.patch(path, {"label": "Same"}).body["destination"]["types"] == ["feedback.new", "issue.new"]
    assert lead.patch(path, {"types": []}).body["destination"]["types"] is None


@pytest.mark.parametrize("types", [["fax.new"], ["job.completed"], ["team.invitation"], ["destination.test"]])
def test_a_type_that_no_room_is_told_of_is_refused(
    database: Database, ada: Person, team: UUID, types: list[str]
) -> None:
    answer = connect(join(database, team, ada, "owner"), team, types=types)
    assert (answer.status, answer.body["details"][0]["field"]) == (400, "types")


def test_a_kind_for_rooms_is_no_persons_own(database: Database, ada: Person, team: UUID) -> None:
    lead = join(database, team, ada, "owner")
    answer = lead.post("/v1/destinations", {"channel": "webhook", "url": URL_})
    assert (answer.status, answer.body["details"][0]["field"]) == (400, "channel")


def test_two_teams_may_have_the_same_room_and_one_has_it_once(database: Database, ada: Person, team: UUID) -> None:
    lead = join(database, team, ada, "owner")
    assert [connect(lead, team).status for _ in range(2)] == [201, 409]
    other = uuid4()
    with database.transaction() as connection:
        connection.execute(
            text("insert into teams (id, name, slug) values (:id, 'Others', :slug)"), {"id": other, "slug": other.hex}
        )
    join(database, other, ada, "owner")
    assert connect(lead, other).status == 201


def test_a_test_of_a_room_is_a_delivery_to_nobody_in_particular(database: Database, ada: Person, team: UUID) -> None:
    lead = join(database, team, ada, "owner")
    id_ = connect(lead, team).body["destination"]["id"]
    assert lead.post(f"/v1/destinations/{id_}/test").status == 202
    with database.transaction() as connection:
        found = connection.execute(text("select n.user_id, n.team_id, n.in_app, n.type from notifications n")).one()
    assert tuple(found) == (None, team, False, "destination.test")
    [shown] = rooms(lead, team)
    assert shown["test_status"] == "pending"
    assert lead.post(f"/v1/destinations/{id_}/test").status == 429


def ended(database: Database, status: str, *, failed: str = "null") -> None:
    """The last test of each room ended so, a second after it began; `failed` is when the room failed last."""
    with database.transaction() as connection:
        connection.execute(text("update notification_deliveries set status = :status"), {"status": status})
        connection.execute(text(f"update destinations set last_error = 'x', last_error_at = {failed}"))


def test_a_room_lives_once_its_admin_has_seen_a_test(database: Database, ada: Person, bo: Person, team: UUID) -> None:
    lead, member = join(database, team, ada, "owner"), join(database, team, bo, "member")
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    assert lead.patch(path, {"state": "live"}).status == 409
    lead.post(f"{path}/test")
    for status in ("pending", "failed", "skipped"):
        ended(database, status)
        assert lead.patch(path, {"state": "live"}).status == 409
    ended(database, "sent", failed="now() + interval '1 second'")
    assert lead.patch(path, {"state": "live"}).status == 409
    ended(database, "sent")
    assert member.patch(path, {"state": "live"}).status == 404
    seen = lead.patch(path, {"state": "live"}).body["destination"]
    assert seen["state"] == "live"
    assert seen["verified_at"]


def test_a_room_that_was_gone_lives_again_once_its_admin_has_seen_a_later_test(
    database: Database, ada: Person, team: UUID
) -> None:
    lead = join(database, team, ada, "owner")
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    lead.post(f"{path}/test")
    ended(database, "sent", failed="now() + interval '1 second'")
    with database.transaction() as connection:
        connection.execute(text("update destinations set state = 'dead', dead_at = now(), failing_since = now()"))
    assert lead.patch(path, {"state": "live"}).status == 409
    ended(database, "sent", failed="now() - interval '1 day'")
    seen = lead.patch(path, {"state": "live"}).body["destination"]
    assert (seen["state"], seen["failing_since"]) == ("live", None)


def test_who_switches_a_room_off_needs_no_eye_to_switch_it_on(database: Database, ada: Person, team: UUID) -> None:
    lead = join(database, team, ada, "owner")
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    with database.transaction() as connection:
        connection.execute(text("update destinations set state = 'live'"))
    states = [lead.patch(path, {"state": each}).body["destination"]["state"] for each in ("off", "live")]
    assert states == ["off", "live"]


def test_a_room_that_an_app_of_ours_posts_to_is_proven_by_the_test_alone(
    database: Database, ada: Person, team: UUID
) -> None:
    kind = ConnectKind("bot", "Bot", "room", "test", asks=URL, hosts=("hooks.example.com",))
    NOTIFICATION_CHANNELS["webhook"] = Channel("webhook", "Hooks", "x", reach="destinations", connect=Connect((kind,)))
    lead = join(database, team, ada, "owner")
    path = f"/v1/destinations/{connect(lead, team).body['destination']['id']}"
    lead.post(f"{path}/test")
    ended(database, "sent")
    assert lead.patch(path, {"state": "live"}).status == 409
