"""What befalls the queues: messages are lost, come in heaps, or the emulator hangs or loses all that it had."""

import os
import signal
import time
from contextlib import suppress
from random import Random
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pg8000.exceptions import DatabaseError, InterfaceError

from tests.chaos.script import Act
from tests.chaos.system import System

#: Messages that get lost at a time, deliveries that are flooded, and how often each of them comes.
LOST = 10
FLOODED = 200
COPIES = 4
#: As many as SQS takes in a call.
CALL = 10
RESTART_SECONDS = 20.0
PENDING = "select id from notification_deliveries where status = 'pending' and channel = :channel limit :limit"


def pending(system: System, channel: str, limit: int) -> list[str]:
    """Return ids of pending deliveries; none where Postgres does not answer."""
    with (
        suppress(DatabaseError, InterfaceError, OSError),
        system.postgres_turn,
        system.postgres.connect() as connection,
    ):
        return [str(delivery_id) for (delivery_id,) in connection.run(PENDING, channel=channel, limit=limit)]
    return []


def lose_messages(system: System, act: Act) -> int:
    client, url = _queue(system, act.target)
    lost = 0
    with suppress(BotoCoreError, ClientError):  # another fault has taken SQS away
        told = client.receive_message(QueueUrl=url, MaxNumberOfMessages=LOST, WaitTimeSeconds=1)
        for message in told.get("Messages", []):
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            lost += 1
    return lost


def flood(system: System, act: Act) -> int:
    """Send messages of deliveries that have theirs, each several times and in any order."""
    bodies = COPIES * pending(system, act.target, FLOODED)
    Random(act.seconds).shuffle(bodies)  # noqa: S311 (a repeatable experiment, not a secret)
    client, url = _queue(system, act.target)
    with suppress(BotoCoreError, ClientError):
        for start in range(0, len(bodies), CALL):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + CALL])]
            client.send_message_batch(QueueUrl=url, Entries=entries)
        return len(bodies)
    return 0


def hang_sqs(system: System, act: Act) -> int:
    with system.hanging_sqs():
        time.sleep(act.seconds)
    return 1


def lose_everything(system: System, _: Act) -> int:
    """Kill the emulator, which keeps messages in memory; the engine starts it again, with empty queues."""
    before = system.emulator_pid()
    if before is None:  # it is starting
        return 0
    with suppress(ProcessLookupError):
        os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + RESTART_SECONDS
    while system.emulator_pid() in (None, before) and time.monotonic() < deadline:
        time.sleep(0.05)
    return 1


def _queue(system: System, name: str) -> tuple[Any, str]:
    return system.client("sqs", endpoint=system.engine.urls["sqs"]), system.engine.queue_urls[name]
