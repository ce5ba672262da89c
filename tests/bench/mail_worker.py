"""A worker of the e-mail channel in its own process, like a sandbox: with its own connection, pacer and client."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from infra.topology.plan import topology
from owlpost.channels.email.channel import EmailChannel
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.email.render import MailRenderer, environment
from owlpost.channels.email.resend import KEEP_ALIVE_SECONDS, ResendSender
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.http_call import HttpCall
from owlpost.channels.replies import Reply
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.clock import utc_now
from owlpost.domain.retry import RetryBounds
from owlpost.observability import logger
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.release import Release
from owlpost.services.delivery.settlement import GiveUpMessage, Postpone
from tests.support.unread_queues import unread_queues

if TYPE_CHECKING:
    from multiprocessing import Queue

CHANNEL = NOTIFICATION_CHANNELS["email"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the provider: its outcome, and the time of the answer on the clock that all processes share."""

    at: float
    status: int


@dataclass(frozen=True, slots=True)
class Report:
    """A worker's report of a batch: its mails, the mails to try again with their delays, and its calls.

    `cpu_seconds` is the worker's CPU for all batches so far, without its start.
    """

    worker: int
    mails: int
    waits: Mapping[UUID, float]
    calls: Sequence[Call]
    cpu_seconds: float
    dead: int = 0

    @property
    def sent(self) -> int:
        return self.mails - len(self.waits) - self.dead

    @property
    def sent_at(self) -> float:
        """Return the times at which the batch's mails were accepted."""
        return self.calls[-1].at


Batches: TypeAlias = "Queue[Sequence[UUID] | None]"
Reports: TypeAlias = "Queue[Report]"


@dataclass
class CountedCalls:
    """The real client, which also records each answer."""

    inner: HttpCall = field(default_factory=lambda: HttpCall(kept=KEEP_ALIVE_SECONDS))
    calls: list[Call] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Reply:
        reply = self.inner.post(url, body, headers, seconds=seconds)
        self.calls.append(Call(time.monotonic(), reply.status))
        return reply

    def taken(self) -> list[Call]:
        taken, self.calls = self.calls, []
        return taken

    def close(self) -> None:
        self.inner.close()


def work(server: Mapping[str, object], section: Mapping[str, str], batches: Batches, reports: Reports) -> None:
    """Deliver batches until there are no more. `server` is the database's address, `section` the channel's settings."""
    logger().setLevel("ERROR")
    http = CountedCalls()
    database = Database.at(DatabaseAddress(**server))  # type: ignore[arg-type]  # plain values, because they cross processes
    sender = _sender(EmailSettings.from_section(section).share(), http)
    worker = _delivering(database, EmailChannel(sender=sender, render=_renderer(section)))
    # Metrics are written as in Lambda, and dropped.
    with closing(database), closing(sender), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        environment()
        came_up = time.process_time()
        while batch := batches.get():
            fates = worker.deliver(batch, deadline=utc_now() + timedelta(seconds=30))
            reports.put(
                Report(
                    worker=os.getpid(),
                    mails=len(batch),
                    waits={id_: each.seconds for id_, each in fates.items() if isinstance(each, Postpone)},
                    calls=http.taken(),
                    cpu_seconds=time.process_time() - came_up,
                    dead=sum(isinstance(each, GiveUpMessage) for each in fates.values()),
                )
            )


def _sender(settings: EmailSettings, http: CountedCalls) -> ResendSender:
    return ResendSender(
        api_key=settings.resend_api_key or "",
        base_url=settings.resend_base_url,
        pacer=Pacer(settings.resend_calls_per_second, spare=settings.delivery_other_workers),
        sender=settings.email_from,
        http=http,
    )


def _renderer(section: Mapping[str, str]) -> MailRenderer:
    settings = EmailSettings.from_section(section)
    return MailRenderer(settings.web_url, next(iter(settings.unsubscribe_keys), None))


def _delivering(database: Database, adapter: EmailChannel) -> DeliveryWorker:
    plan = topology().function(f"deliver-{CHANNEL.key}").environment
    return DeliveryWorker(
        database=database,
        adapter=adapter,
        channel=CHANNEL,
        bounds=RetryBounds.model_validate_json(plan["DELIVERY_RETRY"]),
        lease_seconds=float(plan["DELIVERY_LEASE_SECONDS"]),
        release=Release(database, unread_queues(), CHANNEL.key, utc_now),
        now=utc_now,
    )
