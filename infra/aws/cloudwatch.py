"""From our metrics, which are plain data, to the CDK's."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.aws.metrics import Metric, MetricMath


def to_cdk(metric: Metric | MetricMath) -> cloudwatch.IMetric:
    if isinstance(metric, MetricMath):
        return cloudwatch.MathExpression(
            expression=metric.expression,
            using_metrics={key: _plain(each) for key, each in metric.metrics.items()},
            label=metric.label,
            period=Duration.minutes(metric.minutes),
        )
    return _plain(metric)


def _plain(metric: Metric) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions_map=dict(metric.dimensions),
        statistic=metric.statistic,
        period=Duration.minutes(metric.minutes),
        label=metric.label,
    )
