"""Event sources: reads a queue for a function, as Lambda does with batch size, window and partial batch responses."""

import logging
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.runtime import lineage
from infra.local.runtime.lineage import Recursive, longest, runs
from infra.local.runtime.sandboxes import MOST_SANDBOXES, Sandboxes, Throttled
from infra.local.runtime.sqs_event import batches, failed_messages, sqs_event
from infra.topology.model import EventSource
from owlpost.domain.queue_names import dead_letter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

log = logging.getLogger(__name__)

#: SQS takes and gives at most ten messages in a call.
CALL = 10
#: How long a receive waits for a first message: as long as a stop may take.
WAIT_SECONDS = 1
#: How often an open batching window looks for more.
LOOK_SECONDS = 0.1
PAUSE_SECONDS = 1.0


class Poller:
    """One event source. Its threads take turns to gather a batch, so an idle queue has one reader, and each then invokes
    with what it gathered, so a busy one has as many invocations as the topology and the machine allow.
    """

    def __init__(
        self, source: EventSource, *, sandboxes: Sandboxes, client: "SQSClient", urls: "Mapping[str, str]"
    ) -> None:
        self._source = source
        self._sandboxes = sandboxes
        self._client = client
        self._queue_url = urls[source.queue]
        self._dead_letter_url = urls[dead_letter(source.queue)]
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"poll-{source.queue}-{number}", daemon=True)
            for number in range(min(source.max_concurrency, MOST_SANDBOXES))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Start no further invocation."""
        self._stopping.set()

    def join(self) -> None:
        """Return when the invocations under way are settled."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._turn:
                    messages = self._gather()
                self._hand_over(messages)
            except (BotoCoreError, ClientError):
                log.exception("cannot reach the queue %s", self._source.queue)
                self._stopping.wait(PAUSE_SECONDS)

    def _gather(self) -> "list[MessageTypeDef]":
        """Return a batch: a full one, or the messages that came within the window of the first one."""
        if self._stopping.is_set():
            return []
        messages = self._receive(self._source.batch_size, wait=WAIT_SECONDS)
        closes = time.monotonic() + self._source.window
        while messages and (missing := self._source.batch_size - len(messages)) and not self._stopping.is_set():
            left = closes - time.monotonic()
            if left <= 0:
                break
            more = self._receive(missing)
            messages += more
            if len(more) < CALL:
                self._stopping.wait(min(LOOK_SECONDS, left))
        return messages

    def _receive(self, most: int, *, wait: int = 0) -> "list[MessageTypeDef]":
        return self._client.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(CALL, most),
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])

    def _hand_over(self, messages: "list[MessageTypeDef]") -> None:
        if messages and self._stopping.is_set():
            self._give_back(messages)
        else:
            for batch in batches(messages):
                self._delete(self._done(batch))

    def _done(self, messages: "Sequence[MessageTypeDef]") -> "list[MessageTypeDef]":
        """Invoke the function. Return the messages that are done. The others come back after their visibility timeout."""
        function = self._source.function
        trace = longest(map(_trace, messages), function)
        try:
            answer = self._sandboxes.invoke(function, sqs_event(self._source.queue, messages), trace=trace)
        except Throttled:
            return []
        except Recursive:
            return self._stop_loops(messages)
        if answer.failed:
            log.warning("%s failed: %s", self._source.function, answer.payload.get("errorMessage"))
            return []
        failed = failed_messages(answer.payload, {message["MessageId"] for message in messages})
        return [message for message in messages if message["MessageId"] not in failed]

    def _stop_loops(self, messages: "Sequence[MessageTypeDef]") -> "list[MessageTypeDef]":
        """Put the messages that went in circles on the dead-letter queue and hand over the others. Return what is done."""
        function = self._source.function
        looping = [message for message in messages if runs(_trace(message), function) >= lineage.MOST_RUNS]
        log.error("%s: a loop is stopped, as Lambda would; %d messages are dead letters", function, len(looping))
        for message in looping:
            self._client.send_message(QueueUrl=self._dead_letter_url, MessageBody=message["Body"])
        others = [message for message in messages if message not in looping]
        return looping + (self._done(others) if others else [])

    def _delete(self, messages: "Sequence[MessageTypeDef]") -> None:
        for start in range(0, len(messages), CALL):
            self._client.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages[start : start + CALL])
                ],
            )

    def _give_back(self, messages: "Sequence[MessageTypeDef]") -> None:
        """Make messages visible at once that no function will get. Otherwise they stay hidden for their visibility timeout."""
        for message in messages:
            with suppress(ClientError):
                self._client.change_message_visibility(
                    QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )


def _trace(message: "MessageTypeDef") -> str | None:
    """Return the trace header of the call that sent the message, as SQS kept it."""
    return message.get("Attributes", {}).get("AWSTraceHeader")
