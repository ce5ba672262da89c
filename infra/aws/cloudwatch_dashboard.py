"""The CloudWatch dashboard: a row of what people notice, one for each channel, one of what carries it.

Where deliveries are counted by type, each channel has a second row.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.aws.metrics import FIVE_MINUTES, ours, share_failed
from owlpost.domain.queue_names import dead_letter

WIDTH = 8


class Overview(Construct):
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        channels: Sequence[str],
        queues: Mapping[str, sqs.Queue],
        functions: Mapping[str, lambda_.Function],
        api: Sequence[cloudwatch.IMetric],
        types: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name="owlpost")
        dashboard.add_widgets(
            _graph("Enqueued", [ours("Enqueued", channel=each) for each in channels]),
            _graph("% failed", [share_failed(each) for each in channels]),
            _graph("API", list(api)),
        )
        for channel in channels:
            dashboard.add_widgets(
                _graph(
                    f"{channel}: deliveries",
                    [ours(name, channel=channel) for name in ("Sent", "Failed", "Skipped", "Retried")],
                ),
                _graph(
                    f"{channel}: seconds to deliver",
                    [ours("TimeToDeliver", channel=channel, statistic=each) for each in ("p50", "p95", "p99")],
                ),
                _graph(f"{channel}: queue", _depth(queues, channel)),
            )
            if types:
                dashboard.add_widgets(*_by_type(channel, types))
        dashboard.add_widgets(
            _graph("Errors", [each.metric_errors(period=FIVE_MINUTES) for each in functions.values()]),
            _graph(
                "Duration p95",
                [each.metric_duration(statistic="p95", period=FIVE_MINUTES) for each in functions.values()],
            ),
            _graph(
                "Concurrency",
                [
                    each.metric("ConcurrentExecutions", statistic="Maximum", period=FIVE_MINUTES)
                    for each in functions.values()
                ],
            ),
        )


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


def _depth(queues: Mapping[str, sqs.Queue], name: str) -> list[cloudwatch.IMetric]:
    return [
        queues[name].metric_approximate_number_of_messages_visible(label="waiting"),
        queues[name].metric_approximate_age_of_oldest_message(label="oldest, s"),
        queues[dead_letter(name)].metric_approximate_number_of_messages_visible(label="dead letters"),
    ]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=metrics, width=WIDTH)
