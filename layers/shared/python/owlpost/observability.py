"""Structured logs and metrics, as CloudWatch reads them from standard output. Never given a secret or a push token."""

from collections.abc import Sequence
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

SERVICE = "owlpost"
NAMESPACE = "Owlpost"


@cache
def logger() -> Logger:
    """The one logger; made at first use, as it reads its level from the environment."""
    return Logger(service=SERVICE)


def count(name: str, value: float = 1, *, channel: str | None = None) -> None:
    """Add to a counter in embedded metric format, by channel where it belongs to one."""
    _emit(name, MetricUnit.Count, [value], channel)


def seconds(name: str, values: Sequence[float], *, channel: str | None = None) -> None:
    """Record durations in seconds in embedded metric format; one line for up to a hundred of them."""
    _emit(name, MetricUnit.Seconds, values, channel)


def _emit(name: str, unit: MetricUnit, values: Sequence[float], channel: str | None) -> None:
    if not values:
        return
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    if channel is not None:
        metrics.add_dimension("channel", channel)
    for value in values:
        metrics.add_metric(name, unit, value)
    if metrics.metric_set:  # a hundredth value has flushed them already
        metrics.flush_metrics()
