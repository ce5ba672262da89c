"""`owlpost top`: who sends what, to whom, most first."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from functions import enqueue, operate
from infra.cli import views
from owlpost.db.session import Database
from tests.support.people import add_person
from tests.support.wired import Context, Wired


@pytest.fixture(autouse=True)
def storm(wired: Wired, database: Database) -> dict[str, str]:
    """A producer that repeats itself to one of two people, and one that does not."""
    with database.transaction() as connection:
        people = {name: add_person(connection, email=f"{name}@people.example").id for name in ("ada", "bob")}
    wired.as_function("enqueue")
    for number in range(3):
        tell(people["ada"], title="Again", producer="nightly", idempotency_key=str(number))
    tell(*people.values(), title="Once", type="job.completed")
    wired.as_function("operate")
    return {name: str(id_) for name, id_ in people.items()}


def tell(*people: object, **changes: object) -> None:
    body = {"type": "feedback.new", "recipients": {"user_ids": [str(each) for each in people]}, "title": "?", **changes}
    enqueue.handler(body, Context())


def top(**arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": "top", **arguments}, Context())))


def counted(by: str, **more: object) -> list[tuple[str, int, int, int]]:
    return [(each["name"], each["notifications"], each["requests"], each["people"]) for each in top(by=by, **more)]


def test_producers_are_counted_and_one_without_a_name_by_how_it_came() -> None:
    assert counted("producer") == [("nightly", 3, 3, 1), ("by lambda", 2, 1, 2)]


def test_people_types_and_titles_are_counted() -> None:
    assert counted("person") == [("ada@people.example", 4, 4, 1), ("bob@people.example", 1, 1, 1)]
    assert counted("type") == [("feedback.new", 3, 3, 1), ("job.completed", 2, 1, 2)]
    assert counted("title") == [("Again", 3, 3, 1), ("Once", 2, 1, 2)]


def test_the_window_and_the_limit_hold(database: Database) -> None:
    assert counted("title", limit=1) == [("Again", 3, 3, 1)]
    with database.transaction() as connection:
        connection.execute(
            text("update notifications set created_at = now() - interval '2 hours' where title = 'Again'")
        )
    assert counted("title") == [("Once", 2, 1, 2)]
    assert len(counted("title", since="2026-01-01T00:00:00Z")) == 2


def test_a_deleted_receipt_leaves_its_notifications_counted(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("delete from notification_requests"))
    assert [name for name, *_ in counted("producer")] == ["not known any more"]


def test_an_unknown_measure_is_refused_by_the_field() -> None:
    assert top(by="weather")["error"]["message"].startswith("by: ")


def test_what_is_printed_names_each_and_its_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert views.top(top(by="title"))
    shown = capsys.readouterr().out
    assert "Again" in shown
    assert shown.index("Again") < shown.index("Once")
