"""Structured logs and metrics on standard output, as CloudWatch reads them. No secret or push token may be logged."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from owlpost.domain.value import dataclass

SERVICE = "owlpost"
NAMESPACE = "Owlpost"
#: At most this many ids per log line; counts cover everything.
NAMED = 20


@cache
def logger() -> Logger:
    """Return the only logger, made at first use because it reads its level from the environment."""
    return Logger(service=SERVICE)


@contextmanager
def following(correlation_id: str) -> Iterator[None]:
    """Add this id to every line logged in the block, unless the line names another. Blocks do not nest."""
    with logger().append_context_keys(correlation_id=correlation_id):
        yield


def tell_of_request(gateway_request_id: str, *, status: int, source: str | None) -> None:
    """Log a request of the HTTP API under the id that it has in API Gateway's own log, which can hash no source.

    `source` is a keyed hash: one source is told from another, and neither says who it is.
    """
    logger().info("request", extra={"gateway_request_id": gateway_request_id, "status": status, "source": source})


def count(name: str, value: float = 1, *, channel: str | None = None) -> None:
    """Add to a counter in CloudWatch's embedded metric format, by channel if it belongs to one.

    The dimension `service` is the installation, which Powertools reads from POWERTOOLS_SERVICE_NAME.
    """
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    if channel is not None:
        metrics.add_dimension("channel", channel)
    metrics.add_metric(name, MetricUnit.Count, value)
    metrics.flush_metrics()


@dataclass(frozen=True, slots=True)
class Meter:
    """Write the counts of one channel and notification type in one line, as metrics by channel.

    With `by_type` they are metrics by type too, which CloudWatch bills one by one. Without it the type is a plain property
    of the line, and a query of the log can group by it.
    """

    by_type: bool = False

    def record(
        self, channel: str, kind: str, counts: Mapping[str, float], *, seconds_to_deliver: Sequence[float] = ()
    ) -> None:
        """Record `counts` by name and the durations. A line holds a hundred durations; more take another line."""
        metrics = EphemeralMetrics(namespace=NAMESPACE)
        metrics.add_dimension("channel", channel)
        if self.by_type:
            metrics.add_dimensions(service=metrics.service, channel=channel, type=kind)
        else:
            metrics.add_metadata("type", kind)
        for name, number in counts.items():
            metrics.add_metric(name, MetricUnit.Count, number)
        for duration in seconds_to_deliver:
            metrics.add_metric("TimeToDeliver", MetricUnit.Seconds, duration)
        if metrics.metric_set:  # empty if the hundredth value has just flushed them
            metrics.flush_metrics()


BY_CHANNEL = Meter()
