"""Messages to SQS: ten at a time, several calls at once, with a look at what was refused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict, TypeVar, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from owlpost import aws
from owlpost.observability import count, logger
from owlpost.queue_calls import QuickBatches, SendBatch, by_botocore
from owlpost.queue_messages import Message, Received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Item = TypeVar("Item")

#: SQS takes at most ten entries in a call, and hides a message for at most 12 hours.
BATCH = 10
MAX_VISIBILITY_SECONDS = 12 * 3_600
#: How long messages that an operator looks at stay hidden from other receivers.
HIDDEN_SECONDS = 60
#: Threads that send at once: a call takes about 2 ms of CPU and waits far longer for its answer.
PARALLEL_CALLS = 8
TRIES = 3
#: What a call raises if SQS did not answer, or refused it.
AWAY = (ClientError, BotoCoreError)


class _Hidden(TypedDict, total=False):
    VisibilityTimeout: int


class Queues:
    """The queues of the topology by name, as `domain.queue_names` writes them."""

    def __init__(
        self,
        connect: "Callable[[], SQSClient]",
        urls: Mapping[str, str],
        *,
        sending: "Callable[[SQSClient], SendBatch]" = by_botocore,
    ) -> None:
        self._connect = connect
        self._sending = sending
        self.urls = urls

    @cached_property
    def client(self) -> "SQSClient":
        """Make the client at its first use: a worker whose deliveries all end well calls SQS never."""
        return self._connect()

    @cached_property
    def _send_call(self) -> SendBatch:
        return self._sending(self.client)

    @classmethod
    def connect(cls, urls: Mapping[str, str]) -> "Queues":
        config = Config(
            max_pool_connections=PARALLEL_CALLS * 2,
            connect_timeout=3,
            read_timeout=5,
            retries={"mode": "standard", "max_attempts": 3},
            # These two save a fifth of a call's CPU: mypy checks the entries, and botocore need not build its user agent.
            parameter_validation=False,
            user_agent="owlpost",
        )
        return cls(lambda: cast("SQSClient", aws.client("sqs", config=config)), urls, sending=QuickBatches)

    @classmethod
    def connect_briefly(cls, urls: Mapping[str, str]) -> "Queues":
        """Return queues that try once and give up after a second, for messages that nobody should wait for."""
        config = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
        return cls(lambda: cast("SQSClient", aws.client("sqs", config=config)), urls)

    def send(self, name: str, messages: Sequence[Message]) -> int:
        """Put the messages on a queue. Return how many SQS did not take; they are logged and counted.

        Raises nothing for those, nor for a queue that does not exist, as after a channel has left the registry: the work is
        in the database, and the sweep sends it again.
        """
        if name not in self.urls:
            logger().error("there is no such queue", extra={"queue": name, "messages": len(messages)})
            return len(messages)
        batches = list(_slices(messages))
        if len(batches) <= 1:
            unsent = sum(self._send_batch(self._send_call, name, batch) for batch in batches)
        else:
            call = self._send_call  # made before the threads start: botocore's session is not safe for threads
            with ThreadPoolExecutor(min(PARALLEL_CALLS, len(batches))) as threads:
                unsent = sum(threads.map(lambda batch: self._send_batch(call, name, batch), batches))
        if unsent:
            count("MessagesNotQueued", unsent, channel=name)
        return unsent

    def _send_batch(self, call: SendBatch, name: str, batch: Sequence[Message]) -> int:
        left = dict(enumerate(batch))
        for _ in range(TRIES):
            try:
                answer = call(self.urls[name], [message.entry(number) for number, message in left.items()])
            except AWAY as error:
                logger().warning(
                    "queue refused a batch", extra={"queue": name, "messages": len(left), "error": str(error)}
                )
                return len(left)
            refused = {int(entry["Id"]): entry for entry in answer.get("Failed") or []}
            left = {number: message for number, message in left.items() if number in refused}
            if not left:
                return 0
            logger().warning(
                "queue refused messages", extra={"queue": name, "codes": [e["Code"] for e in refused.values()]}
            )
        return len(left)

    def depth(self, name: str) -> int:
        """Return about how many messages wait on a queue."""
        answer = self.client.get_queue_attributes(
            QueueUrl=self.urls[name], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def is_empty(self, name: str) -> bool:
        """Return whether a queue seems to hold no message: none that waits, is hidden by a receiver, or is delayed."""
        answer = self.client.get_queue_attributes(
            QueueUrl=self.urls[name],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )
        return not any(map(int, answer["Attributes"].values()))

    def receive(self, name: str, *, limit: int, hidden_seconds: int | None = HIDDEN_SECONDS) -> list[Received]:
        """Receive up to `limit` messages, fewer only if the queue is empty.

        They stay hidden for `hidden_seconds`, with None for the queue's own visibility timeout.
        """
        taken: list[Received] = []
        hidden: _Hidden = {} if hidden_seconds is None else {"VisibilityTimeout": hidden_seconds}
        while len(taken) < limit:
            answer = self.client.receive_message(
                QueueUrl=self.urls[name],
                MaxNumberOfMessages=min(BATCH, limit - len(taken)),
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
                # Long polling asks all of the queue's servers; without it an empty answer does not mean an empty queue.
                WaitTimeSeconds=1,
                **hidden,
            )
            if not (messages := answer.get("Messages")):
                break
            taken.extend(map(Received.from_sqs, messages))
        return taken

    def delete(self, name: str, receipt_handles: Sequence[str]) -> None:
        """Delete received messages. One that SQS does not delete is received again."""
        for batch in _slices(receipt_handles):
            self.client.delete_message_batch(
                QueueUrl=self.urls[name],
                Entries=[{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(batch)],
            )

    def postpone(self, name: str, delays: Mapping[str, float]) -> None:
        """Set how long received messages stay hidden: seconds by receipt handle.

        A failure is only logged: the message then reappears when its visibility timeout ends.
        """
        for batch in _slices(list(delays.items())):
            try:
                self.client.change_message_visibility_batch(
                    QueueUrl=self.urls[name],
                    Entries=[
                        {
                            "Id": str(number),
                            "ReceiptHandle": handle,
                            "VisibilityTimeout": min(MAX_VISIBILITY_SECONDS, round(seconds)),
                        }
                        for number, (handle, seconds) in enumerate(batch)
                    ],
                )
            except AWAY as error:
                logger().warning("could not postpone messages", extra={"queue": name, "error": str(error)})


def _slices(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
