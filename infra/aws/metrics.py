"""The numbers that alarms and the dashboard look at: ours, in embedded metric format, and AWS's own."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from owlpost.observability import NAMESPACE, SERVICE

FIVE_MINUTES = Duration.minutes(5)
#: Ended deliveries in five minutes of which a share says something.
ENOUGH = 10


def ours(
    name: str, *, channel: str | None = None, kind: str | None = None, statistic: str = "Sum", minutes: int = 5
) -> cloudwatch.Metric:
    """A metric that the functions write; dimensions are the service and, where it belongs to one, the channel.

    By `kind`, a notification type, there are only those of `Meter`, and only where the installation wants them.
    """
    dimensions = {"channel": channel, "type": kind}
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE, **{key: value for key, value in dimensions.items() if value}},
        statistic=statistic,
        period=Duration.minutes(minutes),
        label=kind or (f"{name} {channel}" if channel else name),
    )


def share_failed(channel: str) -> cloudwatch.MathExpression:
    """Percent of a channel's ended deliveries that failed; none where few ended, as one in two says little."""
    sent, failed = f"sent_{channel}", f"failed_{channel}"  # an id is one metric in a whole graph
    return cloudwatch.MathExpression(
        expression=(
            f"IF(FILL({sent}, 0) + FILL({failed}, 0) >= {ENOUGH},"
            f" 100 * FILL({failed}, 0) / (FILL({sent}, 0) + FILL({failed}, 0)), 0)"
        ),
        using_metrics={sent: ours("Sent", channel=channel), failed: ours("Failed", channel=channel)},
        label=f"% failed {channel}",
        period=FIVE_MINUTES,
    )
