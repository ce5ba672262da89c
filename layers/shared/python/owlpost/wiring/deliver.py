"""The parts of a channel's worker."""

from dataclasses import replace
from importlib import import_module
from typing import Any, cast

from owlpost.channels.adapter import NO_PROMISES, BadgeAdapter, ChannelAdapter, Promising
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import Misconfigured
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.badges import BadgesBeside, Worker
from owlpost.services.delivery.key_check import KeyCheck
from owlpost.services.delivery.messages import DeliveryMessages
from owlpost.services.delivery.release import Release
from owlpost.wiring.base import database, meter, queues
from owlpost.wiring.settings import rebuilt_on_rotation, settings


@rebuilt_on_rotation
def adapter(channel: Channel) -> ChannelAdapter[Any]:
    """The channel's adapter, by the module that its registry entry names: a worker imports its own channel and no other."""
    if channel.adapter is None:
        raise Misconfigured(f"channel {channel.key} has no adapter to deliver with")
    module = import_module(channel.adapter)
    return cast("ChannelAdapter[Any]", module.build(settings().beginning_with(channel.settings)))


def as_promised(channel: Channel, through: ChannelAdapter[Any]) -> Channel:
    """Return the channel as the adapter's provider allows it to be used."""
    promises = through.promises if isinstance(through, Promising) else NO_PROMISES
    return replace(channel, freezes_batches=promises.freezes, twice=promises.repeat == "twice", most=promises.most)


def key_check() -> KeyCheck:
    """The check of the keys of the channel that this function delivers over."""
    channel = NOTIFICATION_CHANNELS[settings().delivery.channel]
    return KeyCheck(channel.label, lambda: adapter(channel))


@rebuilt_on_rotation
def delivery_messages() -> Worker:
    """The worker of the channel that this function delivers over."""
    plan = settings().delivery
    through = adapter(NOTIFICATION_CHANNELS[plan.channel])
    channel = as_promised(NOTIFICATION_CHANNELS[plan.channel], through)
    release = Release(database(), queues(), channel.key, utc_now)
    worker = DeliveryWorker(
        database=database(),
        adapter=through,
        channel=channel,
        bounds=plan.retry,
        lease_seconds=plan.lease_seconds,
        settle_seconds=plan.settle_seconds,
        release=release,
        now=utc_now,
        meter=meter(),
        guests=settings().guests.list,
    )
    deliveries = DeliveryMessages(worker, queues(), DeadLetterSink(queues(), channel.key), plan.max_receives)
    return (
        BadgesBeside(deliveries, database(), through, utc_now, worker.guests)
        if isinstance(through, BadgeAdapter)
        else deliveries
    )
