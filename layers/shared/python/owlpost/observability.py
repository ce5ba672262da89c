"""Structured logs and metrics, as CloudWatch reads them from standard output. Never given a secret or a push token."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

SERVICE = "owlpost"
NAMESPACE = "Owlpost"
#: Ids that one line names where it is about any number of things; the counts beside them are of all.
NAMED = 20


@cache
def logger() -> Logger:
    """The one logger; made at first use, as it reads its level from the environment."""
    return Logger(service=SERVICE)


@contextmanager
def following(correlation_id: str) -> Iterator[None]:
    """Every line logged in the block bears this id, unless it names another; blocks do not nest."""
    with logger().append_context_keys(correlation_id=correlation_id):
        yield


def count(name: str, value: float = 1, *, channel: str | None = None) -> None:
    """Add to a counter in embedded metric format, by channel where it belongs to one."""
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    if channel is not None:
        metrics.add_dimension("channel", channel)
    metrics.add_metric(name, MetricUnit.Count, value)
    metrics.flush_metrics()


@dataclass(frozen=True, slots=True)
class Meter:
    """Numbers of one channel and type at a time, in one line: counted by channel, and `by_type` for each type as well.

    CloudWatch bills what is counted for each type as a metric of its own. Without it the type is a plain property of the
    line, by which a query of the log can group.
    """

    by_type: bool = False

    def record(
        self, channel: str, kind: str, counts: Mapping[str, float], *, seconds_to_deliver: Sequence[float] = ()
    ) -> None:
        """`counts` by name; a hundred durations fit into the line, and more take another."""
        metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
        metrics.add_dimension("channel", channel)
        if self.by_type:
            metrics.add_dimensions(service=SERVICE, channel=channel, type=kind)
        else:
            metrics.add_metadata("type", kind)
        for name, number in counts.items():
            metrics.add_metric(name, MetricUnit.Count, number)
        for duration in seconds_to_deliver:
            metrics.add_metric("TimeToDeliver", MetricUnit.Seconds, duration)
        if metrics.metric_set:  # a hundredth value has flushed them already
            metrics.flush_metrics()


BY_CHANNEL = Meter()
