"""The canary in the topology: only where an installation has chosen it, as every ten minutes keep the database awake."""

from collections.abc import Mapping
from dataclasses import replace

from infra.topology.lines import with_lines
from infra.topology.model import Function, Schedule, Topology
from infra.topology.plan import CANARY_SETTINGS, DISPATCH_SETTINGS, WAKEUP, topology
from infra.topology.smtp import as_sent, with_account
from owlpost.domain.canary import VARIABLES, channels_of
from owlpost.domain.channels import queued_with
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS

NAME = "canary"


def as_chosen(plan: Topology, settings: Mapping[str, str]) -> Topology:
    """Return the topology with what these settings ask for: a canary, and the account at a mail server."""
    channels = channels_of(settings)
    plan = as_sent(plan, settings)
    return with_canary(plan, channels) if channels else plan


def whole() -> Topology:
    """Return the topology with everything in it that an installation can choose."""
    return with_canary(with_account(with_lines(topology(queued_with(OPTIONAL_CHANNELS)))), tuple(VARIABLES))


def with_canary(plan: Topology, channels: tuple[str, ...]) -> Topology:
    """Return the topology with a canary over these channels, and with no other one."""
    if plan.canary:
        return replace(plan.with_functions(_function(channels)), canary=channels)
    return replace(
        plan,
        functions=(*plan.functions, _function(channels)),
        schedules=(*plan.schedules, Schedule(NAME, NAME, "rate(10 minutes)")),
        canary=channels,
    )


def _function(channels: tuple[str, ...]) -> Function:
    """It mails nobody of its failures: where it fails, its metric is silent, which is an alarm."""
    return Function(
        NAME,
        "functions.canary.handler",
        memory_mb=512,
        timeout=60,
        settings=(*CANARY_SETTINGS, *DISPATCH_SETTINGS),
        reserved_concurrency=1,
        sends=(*channels, WAKEUP.name),
        # The next one comes in ten minutes.
        max_event_age=300,
    )
