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
#: Nobody knows whether these went out, or went out twice.
IN_DOUBT = ("OutcomeUnknown", "RetriedAfterServerError")


class CloudWatchDashboard(Construct):
    """`types` are the notification types that deliveries are counted by, if they are; `prefix` is the installation's."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        channels: Sequence[str],
        functions: Sequence[str],
        api_id: str,
        prefix: str,
        types: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        self._prefix = prefix
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=prefix)
        dashboard.add_widgets(
            self._graph("Enqueued", [ours("Enqueued", channel=channel) for channel in channels]),
            self._graph("% failed", [share_failed(channel) for channel in channels]),
            self._graph("API", [of_api(api_id, name) for name in ("Count", "4xx", "5xx")]),
        )
        for channel in channels:
            dashboard.add_widgets(*self._channel(channel))
            if types:
                dashboard.add_widgets(*self._by_type(channel, types))
        names = [physical_name(function, prefix) for function in functions]
        dashboard.add_widgets(
            self._graph("Errors", [of_function(name, "Errors") for name in names]),
            self._graph("Duration p95", [of_function(name, "Duration", "p95") for name in names]),
            self._graph("Concurrency", [of_function(name, "ConcurrentExecutions", "Maximum") for name in names]),
        )

    def _channel(self, channel: str) -> list[cloudwatch.GraphWidget]:
        queue, failed = (physical_name(name, self._prefix) for name in (channel, dead_letter(channel)))
        return [
            self._graph(
                f"{channel}: deliveries",
                [ours(name, channel=channel) for name in ("Sent", "Failed", "Skipped", "Retried", *IN_DOUBT)],
            ),
            self._graph(
                f"{channel}: seconds to deliver",
                [ours("TimeToDeliver", channel=channel, statistic=name) for name in ("p50", "p95", "p99")],
            ),
            self._graph(
                f"{channel}: queue",
                [
                    of_queue(queue, "ApproximateNumberOfMessagesVisible", label="waiting"),
                    of_queue(queue, "ApproximateAgeOfOldestMessage", label="oldest, s"),
                    of_queue(failed, "ApproximateNumberOfMessagesVisible", label="dead letters"),
                ],
            ),
        ]

    def _by_type(self, channel: str, types: Sequence[str]) -> list[cloudwatch.GraphWidget]:
        return [
            self._graph(
                f"{channel}: {title}, by type",
                [ours(name, channel=channel, kind=kind, statistic=statistic) for kind in types],
            )
            for title, name, statistic in (
                ("sent", "Sent", "Sum"),
                ("failed", "Failed", "Sum"),
                ("p95 seconds to deliver", "TimeToDeliver", "p95"),
            )
        ]

    def _graph(self, title: str, metrics: Sequence[Metric | MetricMath]) -> cloudwatch.GraphWidget:
        left = [to_cdk(metric, prefix=self._prefix) for metric in metrics]
        return cloudwatch.GraphWidget(title=title, left=left, width=WIDTH)
