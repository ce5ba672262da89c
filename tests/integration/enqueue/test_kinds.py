"""What a producer sends is taken for the same thing, whichever way it comes: by a call, by the queue, by the outbox."""

import json
from collections.abc import Mapping
from itertools import chain, combinations
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import enqueue
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.queue_names import REQUESTS
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.stage import Stage
from tests.support.wired import Context, Wired, sqs_event

REQUEST = {"type": "feedback.new", "recipients": {"user_ids": []}, "title": "Hello"}
#: The members by which all that is no request is told.
TELLTALES: Mapping[str, Mapping[str, Any]] = {
    "happened": {"happened": "ratings_synced", "fact": {}},
    "continue_request": {"continue_request": str(uuid4()), "chunk": 1},
    "drain_outbox": {"drain_outbox": True},
    "cancel": {"cancel": "nightly-7"},
}
SEVERAL = [names for n in range(2, len(TELLTALES) + 1) for names in combinations(TELLTALES, n)]


@pytest.fixture(autouse=True)
def function(wired: Wired, stage: Stage) -> None:
    stage.clock.advance(days=1)
    wired.as_function("enqueue")


def body_with(names: tuple[str, ...]) -> dict[str, Any]:
    """Return it with its members in the order that Postgres keeps them in: the first at fault is named."""
    members = chain(REQUEST.items(), *(TELLTALES[name].items() for name in names))
    return dict(sorted(members, key=lambda member: (len(member[0]), member[0])))


def refused_by_call(body: Mapping[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as refused:
        enqueue.handler(body, Context())
    return str(refused.value)


def refused_by_queue(queues: Queues, body: Mapping[str, Any]) -> str:
    queues.send(REQUESTS, [Message(json.dumps(body))])
    enqueue.handler(sqs_event(REQUESTS, take(queues, REQUESTS)), Context())
    (reason,) = dead_letter_reasons(queues, REQUESTS)
    return reason


def refused_by_outbox(stage: Stage, body: Mapping[str, Any]) -> str:
    stage.change("select owlpost_enqueue(cast(:body as jsonb))", body=json.dumps(body))
    assert enqueue.handler({"drain_outbox": True}, Context()) == {"drained": True}
    with stage.database.transaction() as connection:
        assert connection.execute(text("select count(*) from notification_outbox")).scalar_one() == 0
    (reason,) = dead_letter_reasons(stage.queues, REQUESTS)
    return reason


@pytest.mark.parametrize("names", [each for each in SEVERAL if "continue_request" not in each or "happened" in each])
def test_a_body_of_two_minds_is_refused_alike_by_call_and_queue(stage: Stage, names: tuple[str, ...]) -> None:
    body = body_with(names)
    assert refused_by_call(body) == refused_by_queue(stage.queues, body)


@pytest.mark.parametrize("names", [("cancel",), ("happened",), *(each for each in SEVERAL if "happened" in each)])
def test_a_body_of_two_minds_is_refused_alike_by_call_and_outbox(stage: Stage, names: tuple[str, ...]) -> None:
    body = body_with(names)
    assert refused_by_call(body) == refused_by_outbox(stage, body)


def test_a_chunk_is_taken_from_the_queue_alone(stage: Stage) -> None:
    """Whoever may call could otherwise have the chunks of a request written again."""
    assert "queue alone" in refused_by_call(TELLTALES["continue_request"])
    assert stage.pending("email") == []
