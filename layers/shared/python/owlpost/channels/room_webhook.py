"""A post to a URL that carries its own secret and leads to a chat's room: what the dialects of it have in common."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from owlpost.channels.adapter import BatchReport, Promises
from owlpost.channels.chat_text import Wording, Words
from owlpost.channels.http_call import HttpCall
from owlpost.channels.looks import MARK, Look, fingerprint
from owlpost.channels.per_destination_round import Rounds
from owlpost.channels.per_destination_settings import seals_of
from owlpost.channels.per_destination_verdict import Answer, Visit
from owlpost.channels.provider_answer import Meaning, retry_after
from owlpost.channels.replies import Reply
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.value import dataclass

Message: TypeAlias = Mapping[str, object]
HEADERS = {"content-type": "application/json; charset=utf-8", "user-agent": "Owlpost"}
LONGEST_CALL_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Dialect:
    """`render` makes the body, `read` says what an answer means, and `address` is the URL to post to."""

    render: Callable[[Words], Message]
    read: Callable[[Reply, datetime], Answer]
    address: Callable[[str], str] = str

    def call(self, http: HttpCall) -> Callable[[Visit[Message]], Answer]:
        """Return what posts once. It may raise NotSentError or AnswerLostError."""

        def post(visit: Visit[Message]) -> Answer:
            body = json.dumps(visit.content, ensure_ascii=False).encode("utf-8", "replace")
            url = self.address(str(visit.opened["url"]))
            headers = {**HEADERS, "x-request-id": str(visit.delivery.id)}
            return self.read(http.post(url, body, headers, seconds=visit.seconds), visit.at)

        return post

    def look(self, delivery: Delivery, section: Mapping[str, str]) -> Look:
        """See `channels.looks.Looking`. Where it went is not shown."""
        content = self.render(Wording.from_section(section).of(delivery))
        kept = delivery.metadata.get(MARK)
        if not isinstance(kept, dict):
            return Look({"message": content}, as_sent=None)
        return Look({"message": content}, as_sent=True) if _mark(content) == kept else Look({}, as_sent=False)


class RoomWebhookChannel:
    """A ChannelAdapter by destination: see `channels.per_destination_round`."""

    #: None of these chats recognises a repeat.
    promises = Promises("twice", most=10)

    def __init__(self, dialect: Dialect, section: Mapping[str, str]) -> None:
        self._dialect = dialect
        self._wording = Wording.from_section(section)
        self._rounds = Rounds(dialect.call(HttpCall()), seals_of(section), longest=LONGEST_CALL_SECONDS)

    def render(self, delivery: Delivery) -> Message:
        """See ChannelAdapter."""
        return self._dialect.render(self._wording.of(delivery))

    def mark(self, content: Message) -> Mapping[str, object]:
        """See Marking."""
        return _mark(content)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, Message]) -> BatchReport:
        """See ChannelAdapter."""
        return self._rounds.deliver(batch, contents)


def by_status(meanings: Mapping[int, Meaning], reply: Reply, at: datetime) -> Answer:
    """Return the answer by its status: what no table has passes if it is a 5xx, and else is refused."""
    meaning = meanings.get(reply.status)
    if meaning is None:
        meaning = Meaning.PASSES if reply.status >= 500 else Meaning.REFUSED
    wait = retry_after(reply.headers.get("retry-after"), now=at)
    return Answer(meaning, status=reply.status, retry_after=wait, proves=False)


def _mark(content: Message) -> Mapping[str, object]:
    return {"body": fingerprint(json.dumps(content))}
