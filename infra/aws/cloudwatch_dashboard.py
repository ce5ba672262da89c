"""The CloudWatch dashboard: a row of what people notice, one for each channel, one of what carries it.

Where deliveries are counted by type, each channel has a second row.
"""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.aws.cloudwatch import to_cdk
from infra.aws.metrics import Metric, MetricMath, of_api, of_function, of_queue, ours, share_failed
from infra.topology.model import physical_name
from owlpost.domain.queue_names import dead_letter

WIDTH = 8


class CloudWatchDashboard(Construct):
    """`types` are the notification types that deliveries are counted by, if they are."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        channels: Sequence[str],
        functions: Sequence[str],
        api_id: str,
        types: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name="owlpost")
        dashboard.add_widgets(
            _graph("Enqueued", [ours("Enqueued", channel=channel) for channel in channels]),
            _graph("% failed", [share_failed(channel) for channel in channels]),
            _graph("API", [of_api(api_id, name) for name in ("Count", "4xx", "5xx")]),
        )
        for channel in channels:
            dashboard.add_widgets(*_channel(channel))
            if types:
                dashboard.add_widgets(*_by_type(channel, types))
        names = [physical_name(function) for function in functions]
        dashboard.add_widgets(
            _graph("Errors", [of_function(name, "Errors") for name in names]),
            _graph("Duration p95", [of_function(name, "Duration", "p95") for name in names]),
            _graph("Concurrency", [of_function(name, "ConcurrentExecutions", "Maximum") for name in names]),
        )


def _channel(channel: str) -> list[cloudwatch.GraphWidget]:
    queue, failed = physical_name(channel), physical_name(dead_letter(channel))
    return [
        _graph(
            f"{channel}: deliveries",
            [ours(name, channel=channel) for name in ("Sent", "Failed", "Skipped", "Retried")],
        ),
        _graph(
            f"{channel}: seconds to deliver",
            [ours("TimeToDeliver", channel=channel, statistic=name) for name in ("p50", "p95", "p99")],
        ),
        _graph(
            f"{channel}: queue",
            [
                of_queue(queue, "ApproximateNumberOfMessagesVisible", label="waiting"),
                of_queue(queue, "ApproximateAgeOfOldestMessage", label="oldest, s"),
                of_queue(failed, "ApproximateNumberOfMessagesVisible", label="dead letters"),
            ],
        ),
    ]


def _by_type(channel: str, types: Sequence[str]) -> list[cloudwatch.GraphWidget]:
    return [
        _graph(
            f"{channel}: {title}, by type",
            [ours(name, channel=channel, kind=kind, statistic=statistic) for kind in types],
        )
        for title, name, statistic in (
            ("sent", "Sent", "Sum"),
            ("failed", "Failed", "Sum"),
            ("p95 seconds to deliver", "TimeToDeliver", "p95"),
        )
    ]


def _graph(title: str, metrics: Sequence[Metric | MetricMath]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=[to_cdk(metric) for metric in metrics], width=WIDTH)
