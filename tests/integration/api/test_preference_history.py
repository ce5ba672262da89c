"""Who chose what and when: written by the statement that merges the preferences, and never changed."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from infra.local.postgres.server import Postgres
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.unsubscribe import sign
from tests.integration.api.conftest import UNSUBSCRIBE_KEY
from tests.support.api import ApiClient
from tests.support.people import Person
from tests.support.wired import role_of

MAIL = "/notifications/types/feedback.new/email"


def history(database: Database) -> list[tuple[Any, ...]]:
    with database.transaction() as connection:
        rows = connection.execute(
            text("select user_id, path, before, after, by from preference_changes order by at, id")
        )
        return [tuple(row) for row in rows]


def choose(api: ApiClient, **channels: bool | None) -> None:
    answer = api.patch("/v1/auth/me", {"preferences": {"notifications": {"types": {"feedback.new": channels}}}})
    assert answer.status == 200


def test_each_choice_is_told_with_what_was_before_and_a_repeat_adds_nothing(
    api: ApiClient, ada: Person, database: Database
) -> None:
    choose(api, email=False)
    choose(api, email=False)
    choose(api, email=None)
    assert history(database) == [(ada.id, MAIL, None, False, "person"), (ada.id, MAIL, False, None, "person")]


def test_one_click_names_the_delivery_that_carried_the_link(
    api: ApiClient, nobody: ApiClient, ada: Person, database: Database
) -> None:
    delivery_id = uuid4()
    new = sign(ada.id, ("feedback.new",), "email", UNSUBSCRIBE_KEY, delivery_id=delivery_id)
    assert nobody.post("/v1/unsubscribe", token=new).status == 200
    choose(api, email=True)
    old = sign(ada.id, ("feedback.new",), "email", UNSUBSCRIBE_KEY)
    assert nobody.post("/v1/unsubscribe", token=old).status == 200
    assert [row[4] for row in history(database)] == [f"unsubscribe:{delivery_id}", "person", "unsubscribe"]


def test_a_new_name_is_no_choice(api: ApiClient, database: Database) -> None:
    assert api.patch("/v1/auth/me", {"name": "Ada King"}).status == 200
    assert history(database) == []


@pytest.mark.parametrize("statement", ["update preference_changes set by = 'x'", "delete from preference_changes"])
def test_what_strangers_reach_adds_to_the_history_and_changes_none_of_it(
    postgres: Postgres, database_name: str, statement: str
) -> None:
    address = DatabaseAddress(host=postgres.host, port=postgres.port, name=database_name, user=role_of("api"))
    worker = Database.at(address)
    try:
        with pytest.raises(ProgrammingError, match="permission denied"), worker.transaction() as connection:
            connection.execute(text(statement))
    finally:
        worker.close()
