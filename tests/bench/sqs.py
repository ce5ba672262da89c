"""The SQS emulator of the bench: functions find it by the environment, and the floor drives it at its highest rate."""

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

from infra.local.account import CREDENTIALS, LOOPBACK, REGION
from infra.local.sqs.emulator import Emulator
from owlpost.queue import BATCH

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

#: Threads of bare calls. More threads do not raise the emulator's rate.
THREADS = 4
MANY_THREADS = 16
#: The emulator checks the account, and no signature.
HEADERS = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/sqs/aws4_request, SignedHeaders=host, Signature=0",
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "AmazonSQS.SendMessageBatch",
}


@contextmanager
def bench_emulator() -> Iterator[Emulator]:
    """Start an emulator that boto3 finds by the environment. Restore the environment afterwards."""
    with TemporaryDirectory(prefix="owlpost-bench-") as folder, Emulator(Path(folder)) as emulator:
        wanted = {"AWS_ENDPOINT_URL_SQS": emulator.url, "AWS_DEFAULT_REGION": REGION}
        wanted |= {name.upper(): str(value) for name, value in CREDENTIALS.items()}
        before = dict(os.environ)
        os.environ.update(wanted)
        try:
            yield emulator
        finally:
            os.environ.clear()
            os.environ.update(before)


def send_through_boto3(emulator: Emulator, messages: Mapping[str, int]) -> None:
    """Send the same messages by a plain client of boto3 on many threads."""
    client = emulator.client(connections=MANY_THREADS)
    calls = [(url, size) for url, number in messages.items() for size in _sizes(number)]
    with ThreadPoolExecutor(MANY_THREADS) as threads:
        list(threads.map(lambda call: client.send_message_batch(QueueUrl=call[0], Entries=_entries(call[1])), calls))


def send_at_ceiling(emulator: Emulator, messages: Mapping[str, int]) -> None:
    """Send this many messages to each queue, ten per call, by prepared unsigned calls on open connections."""
    calls = [
        _call(url, min(BATCH, number - start)) for url, number in messages.items() for start in range(0, number, BATCH)
    ]
    with ThreadPoolExecutor(THREADS) as threads:
        list(
            threads.map(
                lambda share: _send(emulator.port, share), [calls[number::THREADS] for number in range(THREADS)]
            )
        )


def _sizes(messages: int) -> list[int]:
    return [min(BATCH, messages - start) for start in range(0, messages, BATCH)]


def _entries(messages: int) -> "list[SendMessageBatchRequestEntryTypeDef]":
    return [{"Id": str(number), "MessageBody": str(uuid4()), "MessageGroupId": "group"} for number in range(messages)]


def _call(url: str, messages: int) -> bytes:
    return json.dumps({"QueueUrl": url, "Entries": _entries(messages)}).encode()


def _send(port: int, calls: list[bytes]) -> None:
    connection = HTTPConnection(LOOPBACK, port)
    for body in calls:
        connection.request("POST", "/", body, HEADERS)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the emulator answered {answer.status}: {said!r}")
    connection.close()
