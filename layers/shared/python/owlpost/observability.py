"""Structured logs and metrics, as CloudWatch reads them from standard output. Never given a secret or a push token."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

SERVICE = "owlpost"
NAMESPACE = "Owlpost"


@cache
def logger() -> Logger:
    """The one logger; made at first use, as it reads its level from the environment."""
    return Logger(service=SERVICE)


def count(name: str, value: float = 1, *, channel: str | None = None) -> None:
    """Add to a counter in embedded metric format, by channel where it belongs to one."""
    _emit(name, MetricUnit.Count, value, channel)


def seconds(name: str, value: float, *, channel: str | None = None) -> None:
    """Record a duration in seconds in embedded metric format."""
    _emit(name, MetricUnit.Seconds, value, channel)


def _emit(name: str, unit: MetricUnit, value: float, channel: str | None) -> None:
    with single_metric(name, unit, value, namespace=NAMESPACE, default_dimensions={"service": SERVICE}) as metric:
        if channel is not None:
            metric.add_dimension("channel", channel)
