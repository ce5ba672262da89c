"""One id, given by the producer, stands in every line that is logged of its request, to the provider's ledger and back."""

import io
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import deliver, enqueue, operate, sweep
from infra.local.providers.server import Options, Providers
from owlpost.client import NotificationClient
from owlpost.domain.errors import TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Failed, Retry, Skipped
from owlpost.domain.requests import ByIds, EnqueueRequest
from owlpost.domain.sweep_order import GRACE
from owlpost.observability import NAMED
from owlpost.queue_messages import Message, Received
from owlpost.services.enqueue.dispatch import Dispatch
from tests.support.log_reading import Logged, logged
from tests.support.people import add_person, add_team
from tests.support.queue_reading import take
from tests.support.services import dispatching, sweeping
from tests.support.stage import Stage
from tests.support.wired import Context, Wired, sqs_event

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

CALLED = "scan-2026-11-25.0042"


@pytest.fixture
def log() -> Iterator[Logged]:
    with logged() as seen:
        yield seen


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with Providers(tmp_path, Options(resend_rate=None)) as running:
        yield running


@pytest.fixture
def request_(stage: Stage) -> EnqueueRequest:
    with stage.database.transaction() as connection:
        person = add_person(connection)
    return EnqueueRequest(type="feedback.new", recipients=ByIds(user_ids=(person.id,)), title="New feedback")


class InProcess:
    """Lambda's Invoke, as far as a producer uses it, without a function in between."""

    def invoke(self, *, FunctionName: str, Payload: bytes, ClientContext: str) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        assert FunctionName == "owlpost-enqueue"
        context = Context(custom=json.loads(b64decode(ClientContext))["custom"])
        answer = enqueue.handler(json.loads(Payload), context)
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def mail_worker(wired: Wired, providers: Providers) -> None:
    """Make this process a sandbox of the e-mail worker."""
    wired.as_function(
        "deliver-email",
        RESEND_API_KEY=providers.credentials.accounts.resend_api_key,
        RESEND_BASE_URL=providers.urls["resend"],
        EMAIL_FROM="Owlpost <owl@owlpost.example>",
        WEB_URL="https://owlpost.example",
    )


def deliver_mail(wired: Wired) -> list[Received]:
    messages = take(wired.queues, "email")
    deliver.handler(sqs_event("email", messages), Context())
    wired.queues.delete("email", [message.receipt_handle for message in messages])
    return messages


def enqueue_messages(wired: Wired) -> list[Received]:
    messages = take(wired.queues, "requests")
    enqueue.handler(sqs_event("requests", messages), Context())
    wired.queues.delete("requests", [message.receipt_handle for message in messages])
    return messages


def test_one_id_leads_from_the_producer_over_sqs_to_the_providers_ledger(
    wired: Wired, log: Logged, providers: Providers, request_: EnqueueRequest
) -> None:
    producer = NotificationClient.over_sqs(wired.queues.urls["requests"], client=wired.queues.client)
    producer.notify(request_, correlation_id=CALLED)
    enqueue_messages(wired)
    mail_worker(wired, providers)
    (message,) = deliver_mail(wired)
    assert log.of(CALLED) == ["enqueued", "settled"]
    assert log.one("settled")["outcomes"] == {"Sent": 1}
    (mail,) = providers.ledger.accepted()
    assert mail["delivery_id"] == message.body
    assert [mail["idempotency_key"]] == log.one("settled")["batch_ids"]
    wired.as_function("operate")
    told = operate.handler({"command": "explain_delivery", "delivery_id": message.body}, Context())
    assert f"Its correlation id in the logs is {CALLED}." in told["sentences"]


def test_one_id_goes_with_a_direct_call_as_well(wired: Wired, log: Logged, request_: EnqueueRequest) -> None:
    NotificationClient.over_lambda(client=cast("LambdaClient", InProcess())).notify(request_, correlation_id=CALLED)
    wired.as_function("deliver-email")
    deliver_mail(wired)
    assert log.of(CALLED) == ["enqueued", "Mail", "settled"]


def test_a_request_that_came_without_an_id_is_called_by_the_platforms(
    wired: Wired, log: Logged, request_: EnqueueRequest
) -> None:
    body = request_.model_dump(mode="json", exclude_none=True)
    enqueue.handler(body, Context("8cf6a3a0-invocation"))
    assert log.of("8cf6a3a0-invocation") == ["enqueued"]
    wired.queues.send("requests", [Message(json.dumps(body))])
    (message,) = enqueue_messages(wired)
    assert log.of(message.id) == ["enqueued"]


@pytest.mark.parametrize("forged", ["", "x" * 129, 'a"}\n{"level":"ERROR"', "a b", "\u202egnp"])
def test_an_id_that_cannot_be_taken_costs_no_notification_and_reaches_no_log(
    wired: Wired, log: Logged, request_: EnqueueRequest, forged: str
) -> None:
    body = request_.model_dump(mode="json", exclude_none=True)
    answer = enqueue.handler(body, Context("invocation", custom={"correlation_id": forged}))
    assert answer["notifications"] == 1
    assert log.of("invocation") == ["enqueued"]
    assert not log.of(forged)


def test_a_repeat_is_logged_under_its_own_id_and_names_the_first(
    wired: Wired, log: Logged, request_: EnqueueRequest
) -> None:
    body = {**request_.model_dump(mode="json", exclude_none=True), "idempotency_key": "k"}
    for called in ("first", "second"):
        enqueue.handler(body, Context(custom={"correlation_id": called}))
    assert log.one("request was accepted before")["first_correlation_id"] == "first"
    assert log.of("second") == ["request was accepted before"]
    assert log.of("first") == ["enqueued", "enqueued"]


def test_what_is_refused_is_found_by_its_id_and_keeps_it_when_it_is_driven_again(
    wired: Wired, log: Logged, request_: EnqueueRequest
) -> None:
    body = {**request_.model_dump(mode="json", exclude_none=True), "title": " "}
    wired.queues.send("requests", [Message(json.dumps(body), attributes={"correlation_id": CALLED})])
    enqueue_messages(wired)
    assert log.of(CALLED) == ["request refused", "dead letter"]
    wired.as_function("operate")
    (kept,) = operate.handler({"command": "dead_letters", "queue": "requests"}, Context())["messages"]
    assert kept["correlation_id"] == CALLED
    operate.handler({"command": "redrive_requests"}, Context())
    wired.as_function("enqueue")
    enqueue_messages(wired)
    assert log.of(CALLED) == ["request refused", "dead letter"] * 2


def tell(stage: Stage, recipients: dict[str, object], chunk_size: int = 100) -> Dispatch:
    dispatch = dispatching(stage.database, stage.queues, stage.clock, chunk_size=chunk_size)
    body = {"type": "feedback.new", "recipients": recipients, "title": "Hello"}
    dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())), correlation_id=CALLED)
    return dispatch


def test_chunks_of_a_large_team_keep_its_id(wired: Wired, stage: Stage, log: Logged) -> None:
    tell(stage, {"team_id": str(add_team(stage.database, members=25))}, chunk_size=10)
    enqueue_messages(wired)
    assert log.of(CALLED) == ["enqueued", "chunk enqueued", "chunk enqueued"]
    stage.change("update notification_request_chunks set stored_at = null, queued_at = now() - interval '1 day'")
    wired.as_function("sweep")
    sweep.handler({}, Context())
    assert {message.correlation_id for message in take(stage.queues, "requests")} == {CALLED}


def test_the_sweep_and_a_redrive_go_on_under_the_same_id(stage: Stage, wired: Wired, log: Logged) -> None:
    with stage.database.transaction() as connection:
        person = add_person(connection)
    tell(stage, {"user_ids": [str(person.id)]})
    (delivery_id,) = stage.pending("email")
    stage.clock.advance(seconds=GRACE.total_seconds() + 1)
    sweeping(stage.database, stage.queues, stage.clock).run()
    first = {(each["delivery_id"], each["correlation_id"]) for each in log.one("deliveries were stuck")["first"]}
    assert (str(delivery_id), CALLED) in first
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver([delivery_id])
    assert log.of(CALLED) == ["enqueued", "settled", "delivery failed"]
    wired.as_function("operate")
    operate.handler({"command": "redrive", "delivery_ids": [str(delivery_id)]}, Context())
    assert log.one("redriven")["first"] == [{"delivery_id": str(delivery_id), "correlation_id": CALLED}]
    stage.clock.advance(days=2)
    stage.adapter.script = lambda _delivery: Skipped("read")
    stage.deliver([delivery_id])
    assert log.of(CALLED)[3:] == ["settled", "delivery skipped"]


def test_a_batch_logs_one_line_and_one_more_for_each_that_was_not_sent(stage: Stage, log: Logged) -> None:
    ids = stage.tell(20)
    late: UUID = ids[3]
    stage.adapter.script = lambda delivery: (
        Retry(TransientFault("unavailable")) if delivery.id == late else Skipped("no_device")
    )
    stage.deliver(ids)
    assert log.one("settled")["outcomes"] == {"Skipped": 19, "Retried": 1}
    assert len(log.one("settled")["correlation_ids"]) == 1
    retried = log.one("delivery retried")
    assert (retried["level"], retried["delivery_id"], retried["reason"]) == ("WARNING", str(late), "unavailable")
    assert retried["again_in_seconds"] > 0
    assert len([line for line in log.lines if line["message"] == "delivery skipped"]) == 19


def test_a_dead_letter_bears_the_id_in_the_log_and_beside_its_message(wired: Wired, stage: Stage, log: Logged) -> None:
    with stage.database.transaction() as connection:
        person = add_person(connection)
    tell(stage, {"user_ids": [str(person.id)]})
    stage.change("update notification_deliveries set attempts = 100, created_at = now() - interval '40 days'")
    wired.as_function(
        "deliver-email",
        RESEND_API_KEY="re_1",
        RESEND_BASE_URL="http://127.0.0.1:9",
        EMAIL_FROM="owl@example.org",
        WEB_URL="https://owlpost.example",
    )
    deliver_mail(wired)
    assert log.of(CALLED) == ["enqueued", "settled", "delivery failed", "dead letter"]
    (kept,) = take(stage.queues, "email-dlq")
    assert kept.correlation_id == CALLED


def test_a_long_outage_is_a_line_a_round_and_not_a_line_a_delivery(stage: Stage, log: Logged) -> None:
    tell(stage, {"team_id": str(add_team(stage.database, members=50))})
    stage.clock.advance(seconds=GRACE.total_seconds() + 1)
    sweeping(stage.database, stage.queues, stage.clock).run()
    line = log.one("deliveries were stuck")
    assert line["deliveries"] == {"email": 50, "mobile_push": 50}
    assert len(line["first"]) == NAMED


def test_requests_whose_receipt_is_gone_or_older_than_ids_are_called_by_the_receipts_own(
    stage: Stage, log: Logged
) -> None:
    ids = stage.tell()
    with stage.database.transaction() as connection:
        request_id = connection.execute(text("select distinct request_id from notifications")).scalar_one()
    stage.change("delete from notification_requests")
    stage.deliver(ids)
    assert log.of(str(request_id)) == ["settled"]
