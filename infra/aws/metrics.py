"""The metrics that alarms and the dashboard look at, as plain data: ours, in embedded metric format, and AWS's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from owlpost.observability import NAMESPACE

#: Ended deliveries in five minutes of which a share says something.
ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric over a period of `minutes`."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"
    minutes: int = 5
    label: str | None = None


@dataclass(frozen=True, slots=True)
class MetricMath:
    """An expression over `metrics`, which it knows by their ids."""

    expression: str
    metrics: Mapping[str, Metric]
    label: str
    minutes: int = 5


def ours(
    name: str, *, channel: str | None = None, kind: str | None = None, statistic: str = "Sum", minutes: int = 5
) -> Metric:
    """Return a metric that the functions write; its dimension is the channel, where it belongs to one.

    The dimension `service` is the installation's prefix, which `to_cdk` adds.
    By `kind`, a notification type, there are only those of `Meter`, and only where the installation wants them.
    """
    dimensions = {"channel": channel, "type": kind}
    return Metric(
        NAMESPACE,
        name,
        {key: value for key, value in dimensions.items() if value},
        statistic,
        minutes,
        kind or (f"{name} {channel}" if channel else name),
    )


def of_function(function_name: str, name: str, statistic: str = "Sum") -> Metric:
    return Metric("AWS/Lambda", name, {"FunctionName": function_name}, statistic)


def of_queue(queue_name: str, name: str, label: str | None = None) -> Metric:
    return Metric("AWS/SQS", name, {"QueueName": queue_name}, "Maximum", label=label)


def of_api(api_id: str, name: str) -> Metric:
    return Metric("AWS/ApiGateway", name, {"ApiId": api_id, "Stage": "$default"})


def of_cluster(cluster_id: str, name: str) -> Metric:
    return Metric("AWS/RDS", name, {"DBClusterIdentifier": cluster_id}, "Maximum")


def of_nat_gateway(gateway_id: str, name: str) -> Metric:
    return Metric("AWS/NATGateway", name, {"NatGatewayId": gateway_id})


def of_instance(instance_id: str, name: str) -> Metric:
    """Return a status check of EC2, which is there once a minute and costs nothing."""
    return Metric("AWS/EC2", name, {"InstanceId": instance_id}, "Maximum", minutes=1)


def lost_events(function_names: Sequence[str]) -> MetricMath:
    """How many asynchronous events Lambda dropped after all tries, or because they had waited too long."""
    metrics = {
        f"dropped_{number}": of_function(name, "AsyncEventsDropped") for number, name in enumerate(function_names)
    }
    return MetricMath(" + ".join(f"FILL({each}, 0)" for each in metrics), metrics, "events dropped")


def retried_in_vain(channel: str) -> MetricMath:
    """How many deliveries of a channel were tried again while none was sent, as when its provider is down."""
    sent, retried = f"sent_{channel}", f"retried_{channel}"
    return MetricMath(
        f"IF(FILL({sent}, 0) == 0, FILL({retried}, 0), 0)",
        {sent: ours("Sent", channel=channel), retried: ours("Retried", channel=channel)},
        f"retried in vain {channel}",
    )


def share_failed(channel: str) -> MetricMath:
    """Percent of a channel's ended deliveries that failed; none where few ended, as one in two says little."""
    sent, failed = f"sent_{channel}", f"failed_{channel}"  # an id is one metric in a whole graph
    return MetricMath(
        f"IF(FILL({sent}, 0) + FILL({failed}, 0) >= {ENOUGH},"
        f" 100 * FILL({failed}, 0) / (FILL({sent}, 0) + FILL({failed}, 0)), 0)",
        {sent: ours("Sent", channel=channel), failed: ours("Failed", channel=channel)},
        f"% failed {channel}",
    )
