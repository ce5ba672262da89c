"""The webhook channel: what is posted, who can verify it, and what each answer means for delivery and destination."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpcore
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from infra.local.providers import receiver_catalogue
from owlpost.channels.guarded import GuardedClient
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.webhook.channel import WebhookChannel, build
from owlpost.domain.destinations import Destination, DestinationReport
from owlpost.domain.errors import Misconfigured
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.webhooks import SECRET_PREFIX
from owlpost.seals import Seals
from tests.support.mails import delivery as mail_to_ada
from tests.support.mails import notification
from tests.support.receiving import KEYS, OK, SECRET, Posted, ScriptedReceiver, destination, status

FORMER = SECRET_PREFIX + "YW5vdGhlciBzZWNyZXQgb2YgbW9yZSB0aGFuIDI0IGJ5dGVz"
WEB = "https://owl.example"


@pytest.fixture
def receiver() -> Iterator[ScriptedReceiver]:
    with ScriptedReceiver() as running:
        yield running


def channel(*receivers: ScriptedReceiver) -> WebhookChannel:
    inside = frozenset(each.place for each in receivers)
    return WebhookChannel(GuardedClient(httpcore.default_ssl_context(), inside), Seals(KEYS), WEB)


def to(*destinations: Destination, **of: Any) -> Delivery:
    return replace(mail_to_ada(of=notification(**of)), destinations=destinations)


def attempt(sender: WebhookChannel, *deliveries: Delivery, seconds: float = 30.0) -> list[Outcome]:
    now = datetime.now(UTC)
    batch = DeliveryBatch(uuid4(), deliveries, now + timedelta(seconds=seconds), at=now)
    found = sender.deliver(batch, {each.id: sender.render(each) for each in deliveries}).outcomes
    return [found[each.id] for each in deliveries]


def records(outcome: Outcome) -> list[dict[str, Any]]:
    kept = outcome.metadata["destinations"]
    assert isinstance(kept, dict)
    return list(kept.values())


def report(outcome: Outcome) -> DestinationReport:
    [only] = outcome.destinations
    return only


def test_what_is_posted_is_verified_by_the_specifications_own_library(receiver: ScriptedReceiver) -> None:
    told = to(destination(receiver.url()), data={"app_name": "Pocket Ätlas"})
    [outcome] = attempt(channel(receiver), told)
    [posted] = receiver.posted
    event = Webhook(SECRET).verify(posted.body, posted.headers)
    assert event == {
        "type": "feedback.new",
        "timestamp": "2026-11-02T12:00:00Z",
        "data": {
            "notification_id": str(told.notification.id),
            "title": "New feedback in Pocket Atlas",
            "body": "Ada: love it",
            "link": f"{WEB}/dashboard/feedback/1",
            "team_id": None,
            "recipient": str(told.user_id),
            "data": {"app_name": "Pocket Ätlas"},
            "truncated": False,
        },
    }
    assert isinstance(outcome, Sent)
    assert posted.headers["webhook-id"] == f"msg_{told.id}"
    with pytest.raises(WebhookVerificationError):
        Webhook(FORMER).verify(posted.body, posted.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(posted.body + b" ", posted.headers)


def test_a_retry_has_the_same_id_and_body_and_a_timestamp_of_its_own(receiver: ScriptedReceiver) -> None:
    told, sender = to(destination(receiver.url())), channel(receiver)
    for at in (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)):
        batch = DeliveryBatch(uuid4(), (told,), datetime.now(UTC) + timedelta(seconds=30), at=at)
        sender.deliver(batch, {told.id: sender.render(told)})
    first, second = receiver.posted
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 86_400


def test_for_a_day_after_a_rotation_both_secrets_verify(receiver: ScriptedReceiver) -> None:
    def posted_until(until: datetime) -> Posted:
        attempt(
            channel(receiver),
            to(destination(receiver.url(), former_secret=FORMER, former_until=until.isoformat())),
        )
        return receiver.posted[-1]

    during, after = posted_until(datetime.now(UTC) + timedelta(hours=1)), posted_until(datetime.now(UTC))
    for secret in (SECRET, FORMER):
        Webhook(secret).verify(during.body, during.headers)
    Webhook(SECRET).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FORMER).verify(after.body, after.headers)


def test_data_that_would_make_the_payload_large_is_left_out_and_said_to_be(receiver: ScriptedReceiver) -> None:
    attempt(channel(receiver), to(destination(receiver.url()), data={"log": "x" * 20_000}))
    [posted] = receiver.posted
    data = json.loads(posted.body)["data"]
    assert (data["data"], data["truncated"]) == ({}, True)
    assert len(posted.body) < 20_000


def test_what_gathered_in_quiet_hours_is_named_in_the_one_that_stands_for_it(receiver: ScriptedReceiver) -> None:
    several = [notification(title=f"Feedback {number}") for number in range(30)]
    told = replace(to(destination(receiver.url())), gathered=tuple(several))
    attempt(channel(receiver), told)
    named = json.loads(receiver.posted[0].body)["data"]["gathered"]
    assert [each["title"] for each in named] == [f"Feedback {number}" for number in range(20)]


def test_a_lone_surrogate_in_the_data_is_posted_as_json_that_verifies(receiver: ScriptedReceiver) -> None:
    [outcome] = attempt(channel(receiver), to(destination(receiver.url()), data={"word": "\ud800"}))
    assert isinstance(outcome, Sent)
    [posted] = receiver.posted
    assert Webhook(SECRET).verify(posted.body, posted.headers)


#: By the meaning that the catalogue gives an answer: what becomes of the delivery.
ENDS = {
    Meaning.ACCEPTED: Sent,
    Meaning.REFUSED: Failed,
    Meaning.DEAD: Skipped,
    Meaning.TOO_FAST: Retry,
    Meaning.PASSES: Retry,
}


@pytest.mark.parametrize("name", receiver_catalogue.ANSWERS)
def test_an_answer_means_what_the_specification_says(receiver: ScriptedReceiver, name: str) -> None:
    known = receiver_catalogue.ANSWERS[name]
    receiver.answer = lambda *_: status(known.status, body=known.body)
    [outcome] = attempt(channel(receiver), to(destination(receiver.url())))
    assert isinstance(outcome, ENDS[known.meaning])
    if isinstance(outcome, Retry):
        assert outcome.fault.counts is (known.meaning is Meaning.PASSES)
        assert not outcome.fault.ambiguous
    dead = known.meaning is Meaning.DEAD
    assert [each.state for each in outcome.destinations] in ([["dead"]] if dead else [[None], []])


@pytest.mark.parametrize("code", [429, 503])
def test_a_retry_after_is_obeyed_and_uses_up_no_attempt(receiver: ScriptedReceiver, code: int) -> None:
    receiver.answer = lambda *_: status(code, "retry-after: 120")
    [outcome] = attempt(channel(receiver), to(destination(receiver.url())))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.retry_after, outcome.fault.counts) == (120.0, False)
    assert outcome.destinations == ()  # it says nothing against the receiver


def test_a_lost_answer_is_tried_again_as_the_receiver_knows_the_id(receiver: ScriptedReceiver) -> None:
    def hang_up(_posted: Posted, connection: socket.socket) -> None:
        connection.close()

    receiver.answer = hang_up
    [outcome] = attempt(channel(receiver), to(destination(receiver.url())))
    assert isinstance(outcome, Retry)
    assert outcome.fault.ambiguous
    assert channel().promises.repeat == "same"


def test_a_receiver_inside_is_refused_and_told_nothing(receiver: ScriptedReceiver) -> None:
    [outcome] = attempt(channel(), to(destination(receiver.url())))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "blocked_address"
    assert receiver.connections == 0


def test_one_destination_that_fails_keeps_nothing_from_another_which_is_not_told_again(
    receiver: ScriptedReceiver,
) -> None:
    receiver.answer = lambda posted, _: OK if posted.path == "/good" else status(500)
    good, bad = destination(receiver.url("/good")), destination(receiver.url("/bad"))
    told, sender = to(good, bad), channel(receiver)
    [first] = attempt(sender, told)
    assert isinstance(first, Retry)
    assert first.reached
    receiver.answer = lambda *_: OK
    [second] = attempt(sender, replace(told, metadata=first.metadata))
    assert isinstance(second, Sent)
    assert [posted.path for posted in receiver.posted].count("/good") == 1


def test_after_a_failure_the_batch_leaves_a_receiver_alone_and_serves_the_others(receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda posted, _: OK if posted.path == "/good" else status(500)
    good, bad = destination(receiver.url("/good")), destination(receiver.url("/bad"))
    told = [*(to(bad) for _ in range(5)), *(to(good) for _ in range(5))]
    outcomes = attempt(channel(receiver), *told)
    paths = [posted.path for posted in receiver.posted]
    assert (paths.count("/bad"), paths.count("/good")) == (1, 5)
    assert [isinstance(outcome, Sent) for outcome in outcomes] == [False] * 5 + [True] * 5
    faults = [outcome.fault for outcome in outcomes if isinstance(outcome, Retry)]
    assert [fault.counts for fault in faults] == [True, False, False, False, False]


def test_what_the_time_is_too_short_for_was_not_tried_and_loses_no_attempt(receiver: ScriptedReceiver) -> None:
    [outcome] = attempt(channel(receiver), to(destination(receiver.url())), seconds=0.0)
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.counts) == ("out_of_time", False)
    assert receiver.connections == 0


@pytest.mark.parametrize("state", ["unverified", "dead"])
def test_a_receiver_that_is_not_proven_gets_a_challenge_alone(receiver: ScriptedReceiver, state: str) -> None:
    receiver.answer = lambda posted, _: status(200, body=json.loads(posted.body)["data"]["challenge"].encode())
    [outcome] = attempt(channel(receiver), to(destination(receiver.url(), state=state)))
    [posted] = receiver.posted
    event = Webhook(SECRET).verify(posted.body, posted.headers)
    assert event["type"] == "owlpost.challenge"
    assert event["data"].keys() == {"challenge"}
    assert isinstance(outcome, Sent)
    assert report(outcome).state == "live"


@pytest.mark.parametrize("body", [b"", b"ok", b"{}", b"x" * 100_000])
def test_a_2xx_without_the_challenge_proves_nothing(receiver: ScriptedReceiver, body: bytes) -> None:
    receiver.answer = lambda *_: status(200, body=body)
    [outcome] = attempt(channel(receiver), to(destination(receiver.url(), state="unverified")))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "not_verified"
    assert report(outcome).state is None


def test_a_challenge_is_another_one_for_each_test_and_each_secret(receiver: ScriptedReceiver) -> None:
    sender, told = channel(receiver), to(destination(receiver.url(), state="unverified"))
    for each in (told, replace(told, id=uuid4()), to(destination(receiver.url(), state="unverified", secret=FORMER))):
        attempt(sender, each)
    assert len({posted.body for posted in receiver.posted}) == 3


def test_nothing_that_is_kept_or_logged_holds_an_address_a_secret_or_an_answer(
    receiver: ScriptedReceiver, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer = lambda *_: status(418, "x-answer: spilled", body=b"spilled")
    with caplog.at_level("DEBUG", logger="owlpost"):
        [outcome] = attempt(channel(receiver), to(destination(receiver.url("/secret-path"))))
    shown = f"{outcome!r} {capsys.readouterr()} {caplog.text}"
    for secret in ("secret-path", receiver.place, "spilled", SECRET):
        assert secret not in shown
    assert records(outcome)[0]["status"] == 418


def test_a_destination_of_a_key_that_is_gone_is_left_out_and_keeps_nothing_from_the_others(
    receiver: ScriptedReceiver,
) -> None:
    strange = replace(destination(receiver.url()), id=uuid4())  # sealed for another row
    [outcome] = attempt(channel(receiver), to(strange, destination(receiver.url())))
    assert isinstance(outcome, Sent)
    assert sorted(str(record["reason"]) for record in records(outcome)) == ["None", "destination_unreadable"]


def test_a_person_with_no_destination_left_is_skipped() -> None:
    [outcome] = attempt(channel(), to())
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no_destination"


@pytest.mark.parametrize(
    "section",
    [{"WEBHOOK_INSIDE": "localhost"}, {"WEBHOOK_INSIDE": "a:b"}, {"WEBHOOK_CA_FILE": "/no/such"}, {"WEB_URL": "x"}],
)
def test_a_setting_that_makes_no_sense_is_named_at_cold_start(section: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match=next(iter(section))):
        build(section)
