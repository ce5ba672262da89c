"""Event sources against both emulators of SQS: each rule by which Lambda reads a queue."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.runtime.engine import Engine
from infra.local.runtime.lineage import MOST_RUNS, runs
from infra.local.runtime.sqs_event import failed_messages
from infra.local.sqs.program import PROGRAMS, Program
from tests.support.engine_stage import Notes, eventually, small_topology


@pytest.fixture(scope="module", params=list(PROGRAMS.values()), ids=list(PROGRAMS))
def sqs(request: pytest.FixtureRequest) -> Program:
    """The emulator that plays SQS."""
    program: Program = request.param
    return program


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, sqs: Program) -> Iterator[tuple[Engine, Notes]]:
    data_dir = tmp_path_factory.mktemp("engine")
    notes = Notes(data_dir / "notes")
    environment = {"RECORD_FILE": str(notes.path)}
    with Engine(small_topology(), data_dir=data_dir, database={}, environment=environment, sqs=sqs) as engine:
        yield engine, notes


@pytest.fixture
def engine(running: tuple[Engine, Notes]) -> Engine:
    """With nothing on its queues: each test waits for what it sent, dead letters it leaves.

    Its sandboxes are up: a cold start may take longer than the visibility timeout, after which a batch comes again.
    """
    engine, notes = running
    at_once = {"Records": [{"body": '{"sleep": 0.3}'}]}
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda name: engine.sandboxes.invoke(name, at_once), ["consume-owls", "consume-bees"] * 2))
    notes.path.unlink(missing_ok=True)
    for name in ("owls-dlq", "bees-dlq"):
        engine.emulator.client().purge_queue(QueueUrl=engine.queue_urls[name])
    return engine


@pytest.fixture
def notes(running: tuple[Engine, Notes]) -> Notes:
    return running[1]


def _send(engine: Engine, queue: str, *bodies: dict[str, Any]) -> None:
    client = engine.emulator.client()
    for start in range(0, len(bodies), 10):
        client.send_message_batch(
            QueueUrl=engine.queue_urls[queue],
            Entries=[
                {"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(bodies[start : start + 10])
            ],
        )


def _left(engine: Engine, queue: str) -> int:
    """Messages on the queue, waiting or hidden."""
    said = engine.emulator.client().get_queue_attributes(QueueUrl=engine.queue_urls[queue], AttributeNames=["All"])
    counts = said["Attributes"]
    return int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])


def _sizes(engine: Engine, notes: Notes, count: int) -> Iterator[list[int]]:
    """Send so many messages to a queue with a window, some times over, and tell of how many each of the batches was.

    A machine that holds us up for longer than the window, between two calls, closes it early.
    """
    for _ in range(5):
        notes.path.unlink(missing_ok=True)
        _send(engine, "owls", *({"n": n} for n in range(count)))
        eventually(lambda: len(notes.receives()) >= count and not _left(engine, "owls"))
        yield sorted(len(batch) for batch in notes.batches())


def test_a_window_gathers_several_receives_into_one_batch(engine: Engine, notes: Notes) -> None:
    assert [13] in _sizes(engine, notes, 13)


def test_a_full_batch_does_not_wait_for_its_window(engine: Engine, notes: Notes) -> None:
    assert [5, 20, 20] in _sizes(engine, notes, 45)
    assert {n for n, _ in notes.receives()} == set(range(45))


def test_without_a_window_a_batch_is_one_receive(engine: Engine, notes: Notes) -> None:
    _send(engine, "bees", *({"n": n} for n in range(10)))
    eventually(lambda: not _left(engine, "bees"))
    assert max(len(batch) for batch in notes.batches()) <= 10


def test_a_message_arrives_in_lambdas_shape(engine: Engine, notes: Notes) -> None:
    engine.emulator.client().send_message(
        QueueUrl=engine.queue_urls["bees"],
        MessageBody='{"n": 1}',
        MessageGroupId="team",
        MessageAttributes={
            "error": {"DataType": "String", "StringValue": "no title"},
            "blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
    )
    eventually(lambda: bool(notes.batches()))
    ((record,),) = notes.batches()
    assert record["body"] == '{"n": 1}'
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:000000000000:owlpost-bees"
    assert record["awsRegion"] == "us-east-1"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["MessageGroupId"] == "team"
    assert record["attributes"]["SentTimestamp"].isdigit()
    assert len(record["md5OfBody"]) == len(record["md5OfMessageAttributes"]) == 32
    assert record["messageId"] != record["receiptHandle"]
    shape: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    assert record["messageAttributes"] == {
        "error": {"dataType": "String", "stringValue": "no title", **shape},
        "blob": {"dataType": "Binary", "binaryValue": "AP8=", **shape},
    }


def test_a_function_that_sends_itself_the_same_message_is_stopped_after_sixteen_runs_as_lambda_does(
    engine: Engine, notes: Notes
) -> None:
    _send(engine, "bees", {"again": engine.queue_urls["bees"]})
    eventually(lambda: _left(engine, "bees-dlq") == 1)
    eventually(lambda: _left(engine, "bees") == 0)
    traces = [record["attributes"].get("AWSTraceHeader") for batch in notes.batches() for record in batch]
    # on a slow machine a run may take too long, and is repeated: that adds none
    assert sorted({runs(trace, "consume-bees") for trace in traces}) == list(range(MOST_RUNS))


def test_only_failed_messages_come_back_and_in_the_end_go_to_the_dead_letter_queue(
    engine: Engine, notes: Notes
) -> None:
    _send(engine, "owls", {"n": 1}, {"n": 2, "fail": True}, {"n": 3})
    eventually(lambda: _left(engine, "owls-dlq") == 1)
    assert sorted(notes.receives()) == [(1, 1), (2, 1), (2, 2), (3, 1)]
    assert _left(engine, "owls") == 0
    dead = engine.emulator.client().receive_message(
        QueueUrl=engine.queue_urls["owls-dlq"], MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert json.loads(dead[0]["Body"])["n"] == 2


def test_when_a_function_fails_or_answers_nonsense_the_whole_batch_comes_back(engine: Engine, notes: Notes) -> None:
    _send(engine, "owls", {"n": 1, "raise": True}, {"n": 2})
    _send(engine, "bees", {"n": 3, "answer": "nonsense"}, {"n": 4})
    eventually(lambda: _left(engine, "owls-dlq") == _left(engine, "bees-dlq") == 2)
    assert sorted(notes.receives()) == [(n, receive) for n in (1, 2, 3, 4) for receive in (1, 2)]


def test_a_batch_whose_worker_is_killed_comes_back_to_its_replacement(engine: Engine, notes: Notes) -> None:
    _send(engine, "bees", {"n": 1, "sleep": 1.5})
    eventually(lambda: bool(notes.lines()))
    os.kill(notes.lines()[0]["pid"], signal.SIGKILL)
    eventually(lambda: not _left(engine, "bees"))
    assert notes.receives() == [(1, 1), (1, 2)]


@pytest.mark.parametrize(("poison", "value"), [("megabytes", 200), ("sleep", 30)])
def test_a_batch_that_needs_too_much_memory_or_time_comes_back_and_its_queue_goes_on(
    engine: Engine, notes: Notes, poison: str, value: int
) -> None:
    _send(engine, "bees", {"n": 1, poison: value})
    eventually(lambda: _left(engine, "bees-dlq") == 1)
    engine.sandboxes.invoke("consume-bees", {"Records": []})  # both have been killed
    _send(engine, "bees", {"n": 2})
    eventually(lambda: not _left(engine, "bees") and len(notes.receives()) == 3)
    assert notes.receives() == [(1, 1), (1, 2), (2, 1)]
    assert len({line["pid"] for line in notes.lines()}) == 3


def test_a_batch_that_exceeds_a_synchronous_call_is_parted(engine: Engine, notes: Notes) -> None:
    most = 1024 * 1024 - 64
    for n in range(8):
        engine.emulator.client().send_message(
            QueueUrl=engine.queue_urls["owls"], MessageBody=json.dumps({"n": n, "filling": "x" * most})
        )
    eventually(lambda: not _left(engine, "owls"))
    # eight of a mebibyte take long: on a busy machine some are received again
    assert {n for n, _ in notes.receives()} == set(range(8))
    assert max(len(batch) for batch in notes.batches()) <= 5


def test_a_message_may_have_a_mebibyte_and_no_more(engine: Engine) -> None:
    client, url = engine.emulator.client(), engine.queue_urls["owls-dlq"]
    client.send_message(QueueUrl=url, MessageBody="x" * 1024 * 1024)
    with pytest.raises(ClientError, match="1048576"):
        client.send_message(QueueUrl=url, MessageBody="x" * (1024 * 1024 + 1))


def test_a_stop_settles_what_is_under_way_and_begins_nothing_new(tmp_path: Path, sqs: Program) -> None:
    notes = Notes(tmp_path / "notes")
    topology = small_topology(visibility=60)
    settings = {"RECORD_FILE": str(notes.path)}
    with Engine(topology, data_dir=tmp_path, database={}, environment=settings, sqs=sqs) as engine:
        _send(engine, "bees", {"n": 1, "sleep": 1})
        eventually(lambda: bool(notes.lines()))
        stopping = threading.Thread(target=engine.stop)
        stopping.start()
        stopping.join()
    assert notes.receives() == [(1, 1)]
    with Engine(topology, data_dir=tmp_path, database={}, environment=settings, sqs=sqs) as engine:
        assert _left(engine, "bees") == 0


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "stranger"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": ["a"]}]}, {"a", "b"}),
        ({"batchItemFailures": [{"messageId": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": ["a"]}, {"a", "b"}),
        ({"batchItemFailures": "a"}, {"a", "b"}),
        ("done", {"a", "b"}),
    ],
)
def test_a_partial_batch_response_is_read_as_lambda_reads_it(answer: Any, failed: set[str]) -> None:
    assert failed_messages(answer, {"a", "b"}) == failed
