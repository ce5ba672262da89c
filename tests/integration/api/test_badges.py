"""Reading asks for the number on the icon to follow: seldom, silently, and never at the reader's cost."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from owlpost.db.session import Database
from owlpost.domain.queue_names import url_variable
from owlpost.queue import Queues
from owlpost.sandbox import Sandbox
from owlpost.services import badge_requests
from tests.integration.api.conftest import Inbox
from tests.support.api import ApiClient
from tests.support.people import Person, add_device


@pytest.fixture
def phone(database: Database, ada: Person) -> None:
    with database.transaction() as connection:
        add_device(connection, ada, token="ab" * 32)


@pytest.fixture(autouse=True)
def push_queue(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(url_variable("mobile_push"), queues.urls["mobile_push"])


@pytest.fixture
def asked(queues: Queues) -> Callable[[], int]:
    """How many updates wait for their delay, or for a worker once it is over."""

    def number() -> int:
        answer = queues.client.get_queue_attributes(
            QueueUrl=queues.urls["mobile_push"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"],
        )
        return sum(map(int, answer["Attributes"].values()))

    return number


Act = Callable[[ApiClient, str], object]
ACTS: dict[str, Act] = {
    "read": lambda api, id_: api.patch(f"/v1/notifications/{id_}", {"read": True}),
    "unread": lambda api, id_: api.patch(f"/v1/notifications/{id_}", {"read": False}),
    "delete": lambda api, id_: api.delete(f"/v1/notifications/{id_}"),
    "mark all": lambda api, _: api.post("/v1/notifications/mark-all-read"),
}


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_changes_the_unread_count_asks_for_one_update(
    api: ApiClient, inbox: Inbox, asked: Callable[[], int], act: Act
) -> None:
    (id_,) = inbox.put()
    act(api, id_)
    assert asked() == 1


@pytest.mark.usefixtures("phone")
def test_reading_one_after_another_asks_once_and_some_seconds_later_again(
    api: ApiClient, inbox: Inbox, asked: Callable[[], int], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(badge_requests, "COALESCED", timedelta(minutes=1))  # five calls may take more than its seconds
    for id_ in inbox.put(5):
        assert api.patch(f"/v1/notifications/{id_}", {"read": True}).status == 200
    assert asked() == 1
    with database.transaction() as connection:
        connection.exec_driver_sql("update badge_updates set queued_at = queued_at - interval '1 minute'")
    (id_,) = inbox.put()
    api.delete(f"/v1/notifications/{id_}")
    assert asked() == 2


@pytest.mark.usefixtures("phone")
def test_what_changes_nothing_asks_for_nothing(api: ApiClient, inbox: Inbox, asked: Callable[[], int]) -> None:
    (id_,) = inbox.put()
    api.get("/v1/notifications")
    api.get(f"/v1/notifications/{id_}")
    api.post("/v1/notifications/mark-all-read", {"type": "issue.new"})
    assert api.delete("/v1/notifications/01940000-0000-7000-8000-000000000000").status == 404
    assert asked() == 0


def test_who_has_no_iphone_has_no_icon(
    api: ApiClient, ada: Person, inbox: Inbox, asked: Callable[[], int], database: Database
) -> None:
    with database.transaction() as connection:
        add_device(connection, ada, token="android:1", platform="android")
    (id_,) = inbox.put()
    api.patch(f"/v1/notifications/{id_}", {"read": True})
    assert asked() == 0


@pytest.mark.usefixtures("phone")
def test_a_setting_switches_it_off(
    api: ApiClient, inbox: Inbox, asked: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BADGE_UPDATES", "off")
    (id_,) = inbox.put()
    with Sandbox():
        api.patch(f"/v1/notifications/{id_}", {"read": True})
    assert asked() == 0


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize(
    "url", ["", "http://127.0.0.1:9/queue", "https://sqs.us-east-1.amazonaws.com/123456789012/gone"]
)
def test_a_queue_that_is_away_is_not_the_readers_concern(
    api: ApiClient, inbox: Inbox, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(url_variable("mobile_push"), url)
    (id_,) = inbox.put()
    answer = api.patch(f"/v1/notifications/{id_}", {"read": True})
    assert (answer.status, answer.body["unread_count"]) == (200, 0)


@pytest.mark.usefixtures("phone")
def test_a_table_that_is_missing_is_not_the_readers_concern(api: ApiClient, inbox: Inbox, database: Database) -> None:
    (id_,) = inbox.put()
    with database.transaction() as connection:
        connection.exec_driver_sql("alter table badge_updates rename to elsewhere")
    try:
        assert api.delete(f"/v1/notifications/{id_}").body["unread_count"] == 0
    finally:
        with database.transaction() as connection:
            connection.exec_driver_sql("alter table elsewhere rename to badge_updates")
