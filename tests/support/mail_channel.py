"""The e-mail channel under test, whoever sends for it: mails in, outcomes out, and a worker that delivers through it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from owlpost.channels.email.channel import EmailChannel
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Outcome, Retry
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.wiring.deliver import as_promised
from tests.support.mails import delivery
from tests.support.stage import Stage


def send(channel: EmailChannel, *deliveries: Delivery, seconds: float = 20.0) -> list[Outcome]:
    """Deliver one batch, with so many seconds to its deadline."""
    batch = DeliveryBatch(uuid4(), deliveries, datetime.now(UTC) + timedelta(seconds=seconds))
    outcomes = channel.deliver(batch, {each.id: channel.render(each) for each in deliveries}).outcomes
    return [outcomes[each.id] for each in deliveries]


def fault(outcome: Outcome) -> TransientFault:
    """Return the fault of a mail that is to be tried again."""
    assert isinstance(outcome, Retry)
    return outcome.fault


def to(*names: str) -> list[Delivery]:
    return [delivery(f"{name}@people.example") for name in names]


def worker(stage: Stage, channel: EmailChannel) -> DeliveryWorker:
    """Return the stage's worker, sending through this channel."""
    usual = stage.worker()
    return replace(usual, adapter=channel, channel=as_promised(usual.channel, channel))
