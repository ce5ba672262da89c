"""Deliveries for tests of mails, and a Resend in memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from owlpost.channels.email.channel import EmailChannel
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.email.resend import ResendSender
from owlpost.channels.replies import Reply
from owlpost.domain.messages import Delivery, DeliveryBatch, Notification
from owlpost.domain.outcomes import Outcome

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def notification(
    type_: str = "feedback.new",
    *,
    title: str = "New feedback in Pocket Atlas",
    body: str | None = "Ada: love it",
    link: str | None = "/dashboard/feedback/1",
    data: dict[str, object] | None = None,
) -> Notification:
    return Notification(
        id=uuid4(),
        type=type_,
        title=title,
        body=body,
        link=link,
        data=data or {},
        team_id=None,
        request_id=uuid4(),
        created_at=NOON,
    )


def delivery(address: str | None = "ada@example.org", *, of: Notification | None = None) -> Delivery:
    return Delivery(id=uuid4(), user_id=uuid4(), notification=of or notification(), address=address)


def batch(*deliveries: Delivery, id_: UUID | None = None, seconds: float = 20.0) -> DeliveryBatch:
    return DeliveryBatch(id=id_ or uuid4(), deliveries=deliveries, deadline=NOON + timedelta(seconds=seconds))


def outcomes(channel: EmailChannel, of: DeliveryBatch) -> Mapping[UUID, Outcome]:
    """Render and deliver a batch as the worker does."""
    return channel.deliver(of, {each.id: channel.render(each) for each in of.deliveries}).outcomes


@dataclass(frozen=True, slots=True)
class Post:
    """A call as the sender makes it."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    seconds: float


Answers = Callable[[Post], Reply]


@dataclass(frozen=True, slots=True)
class InMemory:
    """A Poster without a network."""

    answer: Answers

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Reply:
        return self.answer(Post(url, body, headers, seconds))


def reply(status: int, document: object, **headers: str) -> Reply:
    """Return an answer with this document. Names of headers have underscores here."""
    return raw(status, json.dumps(document).encode(), **headers)


def raw(status: int, body: bytes, **headers: str) -> Reply:
    """Return an answer with these bytes."""
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def resend_sender(answer: Answers, *, reply_to: str | None = None) -> ResendSender:
    return ResendSender(
        api_key="re_key",
        base_url="https://resend.test",
        pacer=Pacer(1_000_000.0, clock=lambda: 0.0, sleep=lambda _: None),
        sender="Owlmetry <owl@example.org>",
        reply_to=reply_to,
        http=InMemory(answer),
        now=lambda: NOON,
    )


class Recorder:
    """Accepts every mail and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[Post] = []

    def __call__(self, request: Post) -> Reply:
        self.requests.append(request)
        return reply(200, {"data": [{"id": str(number)} for number, _ in enumerate(self.mails)]})

    @property
    def mails(self) -> list[dict[str, object]]:
        return list(json.loads(self.requests[-1].body))
