"""Nudging other pages never costs the reader anything: not an answer, not a change."""

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.function_names import name_variable
from tests.integration.api.conftest import Inbox
from tests.support.api import ApiClient
from tests.support.people import Person


@pytest.fixture
def line(database: Database, ada: Person) -> str:
    """A line that Ada holds."""
    with database.transaction() as connection:
        connection.execute(
            text(
                "insert into lines (user_id, session_id, connection_id, ends_at)"
                " values (:id, 's', 'L0SM9cOFvHcCIhw=', now() + interval '1 hour')"
            ),
            {"id": ada.id},
        )
    return "L0SM9cOFvHcCIhw="


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name_variable("line"), "owlpost-line")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1")


@pytest.mark.usefixtures("line")
def test_where_the_function_cannot_be_started_what_was_read_is_read(api: ApiClient, inbox: Inbox) -> None:
    (id_,) = inbox.put()
    assert api.patch(f"/v1/notifications/{id_}", {"read": True}).status == 200
    assert inbox.row(id_).read_at is not None
    assert api.post("/v1/auth/logout").status == 200
    assert api.get("/v1/auth/me").status == 401


def test_somebody_without_a_line_starts_nothing(api: ApiClient, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of Lambda would be made, and need a region."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    (id_,) = inbox.put()
    assert api.patch(f"/v1/notifications/{id_}", {"read": True}).status == 200
