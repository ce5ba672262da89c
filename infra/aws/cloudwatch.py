"""From our metrics, which are plain data, to the CDK's."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.aws.metrics import Metric, MetricMath
from owlpost.observability import NAMESPACE


def to_cdk(metric: Metric | MetricMath, *, prefix: str) -> cloudwatch.IMetric:
    """Return the CDK's metric; one of ours counts for the installation of this prefix alone."""
    if isinstance(metric, MetricMath):
        return cloudwatch.MathExpression(
            expression=metric.expression,
            using_metrics={key: _plain(each, prefix) for key, each in metric.metrics.items()},
            label=metric.label,
            period=Duration.minutes(metric.minutes),
        )
    return _plain(metric, prefix)


def _plain(metric: Metric, prefix: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions_map={**metric.dimensions, **({"service": prefix} if metric.namespace == NAMESPACE else {})},
        statistic=metric.statistic,
        period=Duration.minutes(metric.minutes),
        label=metric.label,
    )
