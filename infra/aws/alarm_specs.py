"""The alarms, as plain data: for every queue, function and channel of the topology, and for what they share.

`alarms.py` makes CloudWatch alarms of them, and `owlpost cost` counts their metrics.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.aws.alarm_spec import AlarmSpec
from infra.aws.configuration import Configuration
from infra.aws.counters import WATCHED
from infra.aws.database_limits import max_connections
from infra.aws.metrics import (
    lost_events,
    of_api,
    of_cluster,
    of_function,
    ours,
    retried_in_vain,
    share_failed,
)
from infra.aws.queue_alarms import queue_alarms
from infra.topology.model import Topology
from owlpost.domain.queue_names import REQUESTS

#: Of a function's timeout: past it, the next slow call is cut off.
NEAR_TIMEOUT = 0.8
FAILED_PERCENT = 5
DELIVERED_WITHIN_SECONDS = 300
HEARTBEAT_MINUTES = 30
#: A canary speaks every ten.
CANARY_MINUTES = 15
#: What is due longer than this was passed over by workers and by sweeps.
OLDEST_DUE_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class ClusterLimits:
    """What the database's alarms are measured against."""

    cluster_id: str
    max_capacity: float
    max_connections: int


def cluster_limits(cluster_id: str, configuration: Configuration) -> ClusterLimits:
    least, most = configuration.min_capacity, configuration.max_capacity
    return ClusterLimits(cluster_id, most, max_connections(min_capacity=least, max_capacity=most))


def alarm_specs(topology: Topology, *, api_id: str, cluster: ClusterLimits | None) -> list[AlarmSpec]:
    """Every alarm of an installation; `cluster` is None where the database is not ours to watch."""
    channels = [source.queue for source in topology.event_sources if source.queue != REQUESTS]
    return [
        *queue_alarms(topology),
        *_functions(topology),
        *_channels(channels),
        *_counters(),
        *_canary(topology),
        _dropped(topology),
        *_system(api_id),
        *(_database(cluster) if cluster else ()),
    ]


def _functions(topology: Topology) -> Iterator[AlarmSpec]:
    for function in topology.functions:
        name = topology.physical_name(function.name)
        yield AlarmSpec(
            "function errors",
            function.name,
            "Read the function's newest error in its log group.",
            of_function(name, "Errors"),
            1,
        )
        yield AlarmSpec(
            "throttles",
            function.name,
            "Ask for a higher concurrency limit, or lower max_concurrency in the topology.",
            of_function(name, "Throttles"),
            1,
            periods=2,
        )
        yield AlarmSpec(
            "near timeout",
            function.name,
            "Find in the log what is slow: a cold start, a provider, or a statement.",
            of_function(name, "Duration", "p99"),
            NEAR_TIMEOUT * function.timeout * 1000,
            "over",
            periods=2,
        )


def _dropped(topology: Topology) -> AlarmSpec:
    """Producers invoke enqueue, Scheduler its functions, and a failed one's alert is invoked so, too."""
    names = dict.fromkeys(("enqueue", *(each.function for each in topology.schedules), "alert"))
    return AlarmSpec(
        "events dropped",
        "functions",
        "Asynchronous events were given up: read them in the failed events, mend the cause, and invoke again.",
        lost_events([topology.physical_name(name) for name in names]),
        1,
    )


def _channels(channels: Sequence[str]) -> Iterator[AlarmSpec]:
    for channel in channels:
        yield AlarmSpec(
            "failure rate",
            channel,
            f"See what failed with `owlpost deliveries --status failed --channel {channel}`.",
            share_failed(channel),
            FAILED_PERCENT,
            "over",
            periods=2,
        )
        yield AlarmSpec(
            "provider away",
            channel,
            "Deliveries are tried again and none is sent: see the provider's status page and the reasons in the log.",
            retried_in_vain(channel),
            1,
            periods=3,
        )
        yield AlarmSpec(
            "oldest due",
            channel,
            "Deliveries are due and nobody takes them: see whether the queue, its worker or the database is away.",
            ours("OldestDue", channel=channel, statistic="Maximum", minutes=15),
            OLDEST_DUE_SECONDS,
            "over",
        )
        yield AlarmSpec(
            "time to deliver",
            channel,
            "See which step waits: the queue, the provider, or the database.",
            ours("TimeToDeliver", channel=channel, statistic="p99"),
            DELIVERED_WITHIN_SECONDS,
            "over",
            periods=3,
        )


def _counters() -> Iterator[AlarmSpec]:
    for counter in WATCHED:
        yield AlarmSpec(
            "somebody has to act",
            f"{counter.name} {counter.channel}" if counter.channel else counter.name,
            counter.remedy,
            ours(counter.name, channel=counter.channel, minutes=counter.minutes),
            counter.threshold,
            periods=counter.periods,
        )


def _canary(topology: Topology) -> Iterator[AlarmSpec]:
    """One that is missed rings, and so does silence: then the function that sends them does not run."""
    for channel in topology.canary:
        yield AlarmSpec(
            "canary",
            channel,
            "Our own delivery did not come through: see what `owlpost now` says of the canary and of the channel.",
            ours("CanaryMissed", channel=channel, statistic="Maximum", minutes=CANARY_MINUTES),
            1,
            silence="alarm",
        )


def _system(api_id: str) -> Iterator[AlarmSpec]:
    # Not at once: while the database wakes up, the API answers 503.
    yield AlarmSpec(
        "api errors",
        "api",
        "Find the request in the access log and its error in the API's log.",
        of_api(api_id, "5xx"),
        5,
        periods=2,
    )
    yield AlarmSpec(
        "sweep heartbeat",
        "sweep",
        "Invoke the sweep by hand and read what it says.",
        ours("SweepRan", minutes=HEARTBEAT_MINUTES),
        1,
        "below",
        silence="alarm",
    )
    # An audit speaks once a day: until the next one balances, or one by hand, the alarm stands.
    yield AlarmSpec(
        "audit",
        "audit",
        "Run `owlpost audit --since 2d` and follow what it names.",
        ours("AuditOffBalance"),
        1,
        silence="unchanged",
    )


def _database(cluster: ClusterLimits) -> Iterator[AlarmSpec]:
    yield AlarmSpec(
        "database capacity",
        "capacity",
        "Raise max_capacity, or find the statement that costs so much.",
        of_cluster(cluster.cluster_id, "ServerlessDatabaseCapacity"),
        0.9 * cluster.max_capacity,
        periods=3,
    )
    yield AlarmSpec(
        "database connections",
        "connections",
        "Lower the functions' concurrency, or raise max_capacity.",
        of_cluster(cluster.cluster_id, "DatabaseConnections"),
        round(0.8 * cluster.max_connections),
        "over",
        periods=2,
    )
