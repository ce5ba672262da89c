"""One person cannot take the writes of all others."""

from datetime import timedelta

from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.services.people.fair_share import WRITES_A_MINUTE
from tests.integration.api.conftest import Inbox, signed_in
from tests.support.api import ApiClient
from tests.support.people import Person


def use_up(database: Database, person: Person) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("insert into person_writes (user_id, writes) values (:id, :writes)"),
            {"id": person.id, "writes": WRITES_A_MINUTE - 1},
        )


def go_back(database: Database, by: timedelta) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("update person_writes set window_began = window_began - cast(:by as interval)"), {"by": by}
        )


def test_a_person_who_writes_too_often_is_told_when_to_go_on(
    api: ApiClient, inbox: Inbox, ada: Person, database: Database
) -> None:
    [id_] = inbox.put()
    use_up(database, ada)
    assert api.patch(f"/v1/notifications/{id_}").status == 200
    for refused in (
        api.patch(f"/v1/notifications/{id_}"),
        api.post("/v1/notifications/mark-all-read"),
        api.delete(f"/v1/notifications/{id_}"),
        api.patch("/v1/auth/me", {"name": "Ada"}),
        api.post("/v1/devices", {"channel": "mobile_push", "platform": "ios", "token": "ab" * 32}),
    ):
        assert (refused.status, set(refused.body)) == (429, {"error", "code"})
        assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert inbox.row(id_).deleted_at is None
    go_back(database, timedelta(minutes=1))
    assert api.delete(f"/v1/notifications/{id_}").status == 200


def test_reading_signing_out_and_other_people_are_not_held_up(
    api: ApiClient, ada: Person, bo: Person, database: Database
) -> None:
    use_up(database, ada)
    api.patch("/v1/auth/me", {"name": "Ada"})
    assert api.patch("/v1/auth/me", {"name": "Ada"}).status == 429
    assert api.get("/v1/notifications").status == 200
    assert ApiClient(bearer=signed_in(bo)).patch("/v1/auth/me", {"name": "Bo"}).status == 200
    assert api.post("/v1/auth/logout").status == 200


def test_a_window_begins_anew_after_a_minute(api: ApiClient, database: Database) -> None:
    api.patch("/v1/auth/me", {"name": "Ada"})
    go_back(database, timedelta(minutes=1))
    api.patch("/v1/auth/me", {"name": "Ada"})
    with database.transaction() as connection:
        assert connection.execute(text("select writes from person_writes")).scalar_one() == 1
