"""Logs, metrics, alarms, the dashboard and traces."""

from collections.abc import Iterator

from infra.cost.assumptions import HOURS
from infra.cost.installation import Installation
from infra.cost.item import Item
from infra.cost.measured import invocation
from infra.cost.traffic import DAYS, Traffic, channel_sources

#: What `infra/aws/alarm_specs.py` makes, in metrics that alarms watch; tests/infra holds it to the template.
FOR_A_QUEUE = 2  # dead letters, oldest message
FOR_A_FUNCTION = 3  # errors, throttles, near timeout
FOR_A_CHANNEL = 3  # time to deliver, and the failure rate, which is made of two
FOR_THE_SYSTEM = 5  # api errors, sweep heartbeat, audit, failed events, failed schedules
FOR_THE_DATABASE = 2  # capacity, connections
#: Of ours: Enqueued, Sent, Failed, Skipped, Retried and TimeToDeliver by channel; SweepRan and the like.
METRICS_OF_A_CHANNEL = 6
METRICS_OF_THE_SYSTEM = 3


def watched_metrics(plan: Installation) -> int:
    topology = plan.topology
    return (
        FOR_A_QUEUE * len(topology.queues)
        + FOR_A_FUNCTION * len(topology.functions)
        + FOR_A_CHANNEL * len(channel_sources(topology))
        + FOR_THE_SYSTEM
        + (FOR_THE_DATABASE if plan.own_database else 0)
    )


def watching(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    prices, assumed = plan.prices, plan.assumed
    logged = log_gb(plan, traffic)
    months = plan.configuration.log_retention_days / DAYS
    yield Item("watching", "logs", logged, prices.log_gb)
    yield Item("watching", "logs kept", logged * assumed.log_compression * months, prices.log_storage)
    yield Item("watching", "metrics", custom_metrics(plan, traffic), prices.metrics)
    yield Item("watching", "alarms", watched_metrics(plan), prices.alarms)
    yield Item("watching", "dashboard", 1, prices.dashboards)
    yield Item("watching", "traces", traces(plan, traffic), prices.traces)


def log_gb(plan: Installation, traffic: Traffic) -> float:
    total = traffic.api_requests * plan.assumed.access_log_bytes
    for name, runs in traffic.runs.items():
        taken = invocation(name)
        a_run = taken.log_bytes + taken.log_bytes_per_message * runs.messages + plan.assumed.platform_log_bytes
        total += runs.times * a_run
    return total / 1e9


def custom_metrics(plan: Installation, traffic: Traffic) -> float:
    """By the hours in which each is written: nobody told, nothing counted."""
    assumed = plan.assumed
    busy = assumed.busy_hours / HOURS * min(1.0, traffic.requests / assumed.busy_hours)
    channels = len(channel_sources(plan.topology))
    by_type = assumed.metrics_per_type * assumed.types * channels if plan.configuration.metrics_by_type else 0
    return METRICS_OF_THE_SYSTEM + busy * (METRICS_OF_A_CHANNEL * channels + by_type)


def traces(plan: Installation, traffic: Traffic) -> float:
    """The first request of each second, and a share of the rest."""
    seconds = plan.assumed.busy_hours * 3600
    return sum(
        min(runs.times, seconds) + max(0.0, runs.times - seconds) * plan.assumed.traced
        for runs in traffic.runs.values()
    )
