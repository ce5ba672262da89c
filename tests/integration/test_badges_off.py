"""`BADGE_UPDATES=off` holds in every function that changes what is unread: no icon is asked for, whoever changed it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from functions import cleanup, enqueue, operate
from owlpost.db.session import Database
from owlpost.domain.queue_names import REQUESTS
from owlpost.queue_messages import Message
from owlpost.services import badge_requests
from tests.support.clock import StageClock
from tests.support.people import Person, add_person
from tests.support.queue_reading import take
from tests.support.stage import Stage
from tests.support.wired import Context, Wired, sqs_event

TYPE = "feedback.new"


def reader(database: Database, **more: Any) -> Person:
    """Somebody with an iPhone."""
    with database.transaction() as connection:
        return add_person(connection, device=uuid4().hex * 2, **more)


def request_to(person: Person) -> dict[str, Any]:
    return {
        "type": TYPE,
        "recipients": {"user_ids": [str(person.id)]},
        "title": "Hello",
        "idempotency_key": str(uuid4()),
        "producer": "billing",
    }


def cancellation_of(request: dict[str, Any]) -> dict[str, Any]:
    return {"cancel": request["idempotency_key"], "type": TYPE, "producer": "billing"}


def told(wired: Wired, person: Person) -> tuple[dict[str, Any], str]:
    """Tell the person. Return the request and its id."""
    wired.as_function("enqueue", BADGE_UPDATES="off")
    request = request_to(person)
    return request, enqueue.handler(request, Context())["request_id"]


def an_arrival_without_a_push(wired: Wired, stage: Stage, setting: str) -> None:
    wired.as_function("enqueue", BADGE_UPDATES=setting)
    quiet = {"notifications": {"types": {TYPE: {"mobile_push": False}}}}
    enqueue.handler(request_to(reader(stage.database, preferences=quiet)), Context())


def a_call_that_cancels(wired: Wired, stage: Stage, setting: str) -> None:
    request, _ = told(wired, reader(stage.database))
    wired.as_function("enqueue", BADGE_UPDATES=setting)
    enqueue.handler(cancellation_of(request), Context())


def a_message_that_cancels(wired: Wired, stage: Stage, setting: str) -> None:
    request, _ = told(wired, reader(stage.database))
    wired.as_function("enqueue", BADGE_UPDATES=setting)
    stage.queues.send(REQUESTS, [Message(json.dumps(cancellation_of(request)))])
    enqueue.handler(sqs_event(REQUESTS, take(stage.queues, REQUESTS)), Context())


def an_outbox_row_that_cancels(wired: Wired, stage: Stage, setting: str) -> None:
    request, _ = told(wired, reader(stage.database))
    wired.as_function("enqueue", BADGE_UPDATES=setting)
    stage.change("select owlpost_enqueue(cast(:body as jsonb))", body=json.dumps(cancellation_of(request)))
    enqueue.handler({"drain_outbox": True}, Context())


def an_operator_who_recalls(wired: Wired, stage: Stage, setting: str) -> None:
    _, request_id = told(wired, reader(stage.database))
    wired.as_function("operate", BADGE_UPDATES=setting)
    operate.handler({"command": "recall", "request_ids": [request_id], "operator": "ada@laptop"}, Context())


def a_clean_up(wired: Wired, stage: Stage, setting: str) -> None:
    told(wired, reader(stage.database))
    stage.change("update notifications set created_at = now() - interval '200 days'")
    wired.as_function("cleanup", BADGE_UPDATES=setting)
    cleanup.handler({}, Context())


Act = Callable[[Wired, Stage, str], None]
ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        an_arrival_without_a_push,
        a_call_that_cancels,
        a_message_that_cancels,
        an_outbox_row_that_cancels,
        an_operator_who_recalls,
        a_clean_up,
    )
}


@pytest.mark.parametrize(("setting", "asked"), [("on", 1), ("off", 0)])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_the_setting_holds_whoever_changes_what_is_unread(
    wired: Wired, stage: Stage, clock: StageClock, monkeypatch: pytest.MonkeyPatch, act: Act, setting: str, asked: int
) -> None:
    # pushes are on the queue as well: an update is what waits there, and a busy machine must not outlast that
    monkeypatch.setattr(badge_requests, "DELAY", timedelta(minutes=15))
    clock.release()
    act(wired, stage, setting)
    sent = stage.queues.client.get_queue_attributes(
        QueueUrl=stage.queues.urls["mobile_push"], AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert int(sent["Attributes"]["ApproximateNumberOfMessagesDelayed"]) == asked
