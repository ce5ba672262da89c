"""Logs, metrics, alarms, the dashboard and traces."""

from collections.abc import Iterator

from infra.aws.alarm_specs import alarm_specs, cluster_limits
from infra.aws.nat_alarms import nat_alarms
from infra.cost.assumptions import HOURS
from infra.cost.installation import Installation
from infra.cost.item import Item
from infra.cost.measured import invocation
from infra.cost.traffic import DAYS, Traffic, channel_sources

#: Our metrics: Enqueued, Sent, Failed, Skipped, Retried and TimeToDeliver by channel; SweepRan and the like.
METRICS_OF_A_CHANNEL = 6
METRICS_OF_THE_SYSTEM = 3


def watched_metrics(plan: Installation) -> int:
    """Return the metrics of alarms, because CloudWatch bills an alarm by its metrics."""
    cluster = cluster_limits("cluster", plan.configuration) if plan.own_database else None
    specs = alarm_specs(plan.topology, api_id="api", cluster=cluster)
    if plan.own_network:
        specs += nat_alarms(plan.configuration.egress, "nat")
    return sum(len(spec.metrics) for spec in specs)


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
    """Return our metrics by the hours in which they are written."""
    assumed = plan.assumed
    busy = assumed.busy_hours / HOURS * min(1.0, traffic.requests / assumed.busy_hours)
    channels = len(channel_sources(plan.topology))
    by_type = assumed.metrics_per_type * assumed.types * channels if plan.configuration.metrics_by_type else 0
    return METRICS_OF_THE_SYSTEM + len(plan.topology.canary) + busy * (METRICS_OF_A_CHANNEL * channels + by_type)


def traces(plan: Installation, traffic: Traffic) -> float:
    """Return the traces: the first request of each second, and a share of the others."""
    seconds = plan.assumed.busy_hours * 3600
    return sum(
        min(runs.times, seconds) + max(0.0, runs.times - seconds) * plan.assumed.traced
        for runs in traffic.runs.values()
    )
