"""Look at dead-letter queues, discard dead letters, and resubmit requests once their fault is mended."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from owlpost.db.operator import dead_letters
from owlpost.db.session import Database
from owlpost.domain.command_model import MOST_LISTED
from owlpost.domain.commands import DiscardDeadLetters, ListDeadLetters, SaveDeadLetters, ShowDeadLetter
from owlpost.domain.errors import NotFound
from owlpost.domain.queue_names import dead_letter, is_dead_letter
from owlpost.domain.suggestions import did_you_mean
from owlpost.domain.text import cut
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.queue import Queues
from owlpost.queue_messages import Received

#: The error of a message that SQS moved by itself after its last receive.
RECEIVED_TOO_OFTEN = "received too often"
#: Characters of a body in a list. A body may have a million, and one answer of Lambda at most 6 MB.
EXCERPT = 300
LONGEST_ERROR = 200
#: Characters of whole bodies in one answer. JSON may write a character in six bytes.
SAVED_AT_ONCE = 900_000
#: Messages received in one call.
SCANNED_AT_ONCE = 10
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`error` is why the message was given up. `size` counts the characters of the whole body."""

    id: str
    body: str
    size: int
    error: str
    sent_at: datetime | None
    correlation_id: str


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """`waiting` is about the number of all messages. `by_error` counts those looked at, at most MOST_LISTED."""

    queue: str
    waiting: int
    by_error: dict[str, int]
    messages: list[DeadLetter]


@dataclass(frozen=True, slots=True)
class Discarded:
    """`discarded` messages are gone, or would be on a dry run; `by_error` counts them."""

    dry_run: bool
    discarded: int
    by_error: dict[str, int]


@dataclass(frozen=True, slots=True)
class DeadLetterQueues:
    database: Database
    queues: Queues

    def page(self, query: ListDeadLetters) -> DeadLetterPage:
        """Return excerpts of messages, which stay in the queue. Raises NotFound if there is no such queue."""
        name = self.find(query.queue)
        found = self.scan(name, lambda message: describe(message, longest=EXCERPT))
        errors = Counter(each.error for each in found)
        waiting = max(self.queues.depth(name), len(found))
        return DeadLetterPage(name, waiting, dict(errors.most_common()), found[: query.limit])

    def show(self, query: ShowDeadLetter) -> DeadLetter:
        """Return one message with its whole body. Raises NotFound."""
        name = self.find(query.queue)
        found = self.scan(name, lambda message: describe(message) if message.id == query.id else None)
        if not found:
            raise NotFound(f"{name} holds no message {query.id}, or another reader has hidden it for a minute")
        return found[0]

    def take(self, name: str, id_: str) -> Received:
        """Return one message and hide it from others for a minute. Raises NotFound."""
        found: Received | None = None
        others: list[str] = []
        for batch in self._batches(name):
            found = next((message for message in batch if message.id == id_), found)
            others.extend(message.receipt_handle for message in batch if message.id != id_)
            if found:
                break
        self._unhide(name, others)
        if found is None:
            raise NotFound(f"{name} holds no message {id_}, or another reader has hidden it for a minute")
        return found

    def save(self, query: SaveDeadLetters) -> DeadLetterPage:
        """Return the next messages with their whole bodies, and hide them for a minute, so that another call goes on."""
        name = self.find(query.queue)
        taken: list[Received] = []
        for batch in self._batches(name):
            taken.extend(batch)
            if sum(len(each.body) for each in taken) > SAVED_AT_ONCE:
                break
        fitting = _fitting(taken)
        self.show_again(name, taken[len(fitting) :])
        found = [describe(each) for each in fitting]
        errors = Counter(each.error for each in found)
        return DeadLetterPage(name, self.queues.depth(name), dict(errors.most_common()), found)

    def discard(self, command: DiscardDeadLetters) -> Discarded:
        """Delete the messages with these ids or this error. Raises NotFound if none matches."""
        name = self.find(command.queue)
        kept: list[str] = []
        found: list[tuple[str, str]] = []
        for batch in self._batches(name):
            for message in batch:
                if _is_meant(message, command):
                    found.append((message.receipt_handle, error_of(message)))
                else:
                    kept.append(message.receipt_handle)
        if not command.dry_run:
            self.queues.delete(name, [handle for handle, _ in found])
        self._unhide(name, [*kept, *(handle for handle, _ in found if command.dry_run)])
        if not found:
            raise NotFound(f"{name} holds no such message: owlpost dead-letters {command.queue} lists them")
        errors = dict(Counter(error for _, error in found).most_common())
        logger().info("dead letters discarded", extra={"queue": name, "by_error": errors, "dry_run": command.dry_run})
        return Discarded(command.dry_run, len(found), errors)

    def discard_stale(self, channel: str) -> int:
        """Delete the dead letters of deliveries that are no longer failed. Return their number."""
        name = dead_letter(channel)
        ids: dict[str, UUID] = {}
        others: list[str] = []
        for batch in self._batches(name, at_least=0):
            for message in batch:
                if delivery_id := _uuid(message.body):
                    ids[message.receipt_handle] = delivery_id
                else:
                    others.append(message.receipt_handle)
        with self.database.transaction() as connection:
            failed = dead_letters.still_failed(connection, list(ids.values()))
        stale = [handle for handle, delivery_id in ids.items() if delivery_id not in failed]
        self.queues.delete(name, stale)
        self._unhide(name, [*others, *(ids.keys() - set(stale))])
        return len(stale)

    def find(self, queue: str) -> str:
        """Return the name of the queue's dead-letter queue. Raises NotFound if there is no such queue."""
        name = dead_letter(queue)
        if name not in self.queues.urls:
            known = sorted(each.removesuffix("-dlq") for each in self.queues.urls if is_dead_letter(each))
            raise NotFound(f"there is no queue {queue}; the queues are {', '.join(known)}{did_you_mean(queue, known)}")
        return name

    def show_again(self, name: str, messages: Sequence[Received]) -> None:
        """End the time for which received messages are hidden."""
        self._unhide(name, [message.receipt_handle for message in messages])

    def scan(self, name: str, keep: Callable[[Received], Kept | None]) -> list[Kept]:
        """Receive every message, up to MOST_LISTED, return what `keep` makes of them, and show all of them again."""
        kept: list[Kept] = []
        handles: list[str] = []
        for batch in self._batches(name):
            handles.extend(message.receipt_handle for message in batch)
            kept.extend(filter(None, map(keep, batch)))
        self._unhide(name, handles)
        return kept

    def _batches(self, name: str, *, at_least: int = 1) -> Iterator[Sequence[Received]]:
        """Yield messages a few at a time, so that large bodies do not fill the memory.

        SQS reports a depth that may be a minute old: look for `at_least` as many messages.
        """
        left = min(max(self.queues.depth(name), at_least), MOST_LISTED)
        while left > 0:
            batch = self.queues.receive(name, limit=min(SCANNED_AT_ONCE, left))
            if not batch:
                return
            left -= len(batch)
            yield batch

    def _unhide(self, name: str, handles: Sequence[str]) -> None:
        self.queues.postpone(name, dict.fromkeys(handles, 0))


def describe(message: Received, *, longest: int | None = None) -> DeadLetter:
    """Return the message for an operator, its body cut to `longest` characters."""
    body = message.body if longest is None else cut(message.body, longest)
    sent_at, correlation_id = message.sent_at, message.correlation_id
    return DeadLetter(message.id, body, len(message.body), error_of(message), sent_at, correlation_id)


def error_of(message: Received) -> str:
    """Return why the message was given up."""
    return cut(message.attributes.get("error", RECEIVED_TOO_OFTEN), LONGEST_ERROR)


def _is_meant(message: Received, command: DiscardDeadLetters) -> bool:
    """An error is given whole, or as the code before its colon."""
    error = error_of(message)
    return message.id in command.ids or (command.error is not None and command.error in {error, error.split(":")[0]})


def _fitting(messages: Sequence[Received]) -> Sequence[Received]:
    """Return the first messages whose bodies fit in one answer, at least one."""
    total = 0
    for number, message in enumerate(messages):
        total += len(message.body)
        if number and total > SAVED_AT_ONCE:
            return messages[:number]
    return messages


def _uuid(body: str) -> UUID | None:
    try:
        return UUID(body)
    except ValueError:
        return None
