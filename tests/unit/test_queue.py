from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from owlpost.queue import BATCH, MAX_VISIBILITY_SECONDS, TRIES, Queues
from owlpost.queue_messages import MAX_DELAY_SECONDS, Message, Received, received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Entry = dict[str, Any]
URLS = {"email": "https://sqs.example/email"}
THROTTLED = ClientError({"Error": {"Code": "RequestThrottled", "Message": "slow down"}}, "SendMessageBatch")
AWAY = EndpointConnectionError(endpoint_url="https://sqs.example")


def take_all(_entries: Sequence[Entry]) -> list[Entry]:
    return []


@dataclass
class FakeSqs:
    """Answers each call with the entries that `refuse` returns, or raises what it raises."""

    refuse: Callable[[Sequence[Entry]], list[Entry]] = take_all
    calls: list[list[Entry]] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Entry]) -> Entry:  # noqa: N803 (boto3's own names)
        with self.lock:
            self.calls.append(Entries)
            refused = self.refuse(Entries)
        assert QueueUrl == URLS["email"]
        answer: Entry = {"Successful": [entry for entry in Entries if entry not in refused]}
        if refused:
            answer["Failed"] = [{"Id": entry["Id"], "Code": "InternalError"} for entry in refused]
        return answer

    change_message_visibility_batch = send_message_batch

    @property
    def bodies(self) -> list[str]:
        return [entry["MessageBody"] for call in self.calls for entry in call]

    def queues(self) -> Queues:
        return Queues(lambda: cast("SQSClient", self), URLS)


def messages(number: int) -> list[Message]:
    return [Message(f"m{n}") for n in range(number)]


def test_messages_go_out_ten_at_a_time_each_once() -> None:
    sqs = FakeSqs()
    assert sqs.queues().send("email", messages(205)) == 0
    assert sorted(map(len, sqs.calls)) == [5, *[BATCH] * 20]
    assert sorted(sqs.bodies) == sorted(message.body for message in messages(205))


def test_nothing_to_send_makes_no_call() -> None:
    sqs = FakeSqs()
    assert sqs.queues().send("email", []) == 0
    assert sqs.calls == []


def test_ids_are_told_apart_within_each_call() -> None:
    sqs = FakeSqs()
    sqs.queues().send("email", messages(25))
    assert all(len({entry["Id"] for entry in call}) == len(call) for call in sqs.calls)


def test_only_what_was_refused_is_sent_again() -> None:
    refusals = [["m1", "m4"], ["m4"]]

    def refuse(entries: Sequence[Entry]) -> list[Entry]:
        bad = refusals.pop(0) if refusals else []
        return [entry for entry in entries if entry["MessageBody"] in bad]

    sqs = FakeSqs(refuse)
    assert sqs.queues().send("email", messages(6)) == 0
    assert [[entry["MessageBody"] for entry in call] for call in sqs.calls[1:]] == [["m1", "m4"], ["m4"]]


def test_what_is_refused_again_and_again_is_counted_and_hurts_no_other() -> None:
    sqs = FakeSqs(lambda entries: [entry for entry in entries if entry["MessageBody"] == "m3"])
    assert sqs.queues().send("email", messages(10)) == 1
    assert sqs.bodies.count("m3") == TRIES
    assert len(sqs.calls) == TRIES


@pytest.mark.parametrize("fault", [THROTTLED, AWAY], ids=["refused", "away"])
def test_a_call_that_fails_counts_its_messages_and_hurts_no_other_call(fault: Exception) -> None:
    def refuse(entries: Sequence[Entry]) -> list[Entry]:
        if entries[0]["MessageBody"] == "m10":
            raise fault
        return []

    sqs = FakeSqs(refuse)
    assert sqs.queues().send("email", messages(30)) == BATCH
    assert sorted(map(len, sqs.calls)) == [BATCH] * 3


def test_what_failed_is_counted_as_a_metric(capsys: pytest.CaptureFixture[str]) -> None:
    FakeSqs(list).queues().send("email", messages(2))
    assert '"MessagesNotQueued":[2.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_message_carries_its_group_its_delay_and_its_attributes() -> None:
    entry = Message("body", group="team-1", delay_seconds=12.4, attributes={"error": "title: too long"}).entry(3)
    assert entry == {
        "Id": "3",
        "MessageBody": "body",
        "MessageGroupId": "team-1",
        "DelaySeconds": 12,
        "MessageAttributes": {"error": {"DataType": "String", "StringValue": "title: too long"}},
    }
    assert Message("body").entry(0) == {"Id": "0", "MessageBody": "body"}


def test_a_delay_longer_than_sqs_can_is_cut() -> None:
    assert Message("body", delay_seconds=100_000).entry(0)["DelaySeconds"] == MAX_DELAY_SECONDS


def test_postponing_sets_visibility_in_whole_seconds_ten_at_a_time() -> None:
    sqs = FakeSqs()
    sqs.queues().postpone("email", {f"r{n}": n + 0.6 for n in range(12)} | {"late": 1e6})
    assert list(map(len, sqs.calls)) == [10, 3]
    entries = [entry for call in sqs.calls for entry in call]
    assert [entry["VisibilityTimeout"] for entry in entries] == [*range(1, 13), MAX_VISIBILITY_SECONDS]
    assert [entry["ReceiptHandle"] for entry in entries] == [*(f"r{n}" for n in range(12)), "late"]


def test_postponing_that_fails_leaves_the_message_to_its_visibility_timeout() -> None:
    def refuse(_entries: Sequence[Entry]) -> list[Entry]:
        raise THROTTLED

    sqs = FakeSqs(refuse)
    sqs.queues().postpone("email", {f"r{n}": 5 for n in range(12)})
    assert len(sqs.calls) == 2


def record(**changes: object) -> dict[str, object]:
    return {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:owlpost-email",
        **changes,
    }


def test_lambdas_sqs_event_is_read() -> None:
    event = {"Records": [record(), record(messageId="m-2", body="x")]}
    assert received(event) == [Received("m-1", "{}", "r-1", 3), Received("m-2", "x", "r-1", 3)]


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "Records",
        {},
        {"Records": None},
        {"Records": {}},
        {"Records": ["x"]},
        {"Records": [record(eventSource="aws:sns")]},
    ],
)
def test_any_other_event_is_not_taken_for_messages(event: object) -> None:
    assert received(event) is None
