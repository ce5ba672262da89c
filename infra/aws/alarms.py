"""Alarms, each with an entry in docs/runbook.md that its description begins with."""

from collections.abc import Iterable
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)
OVER = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
FINE = cloudwatch.TreatMissingData.NOT_BREACHING
BAD = cloudwatch.TreatMissingData.BREACHING
NOTHING = cloudwatch.TreatMissingData.IGNORE


@dataclass(frozen=True, slots=True)
class Watch:
    """One alarm: `entry` is its heading in the runbook, `subject` what it watches, `remedy` what to do first.

    `periods` in a row must be over the threshold. `silence` is what a period without data means: that all is well, or the
    alarm of a heartbeat, or, for what speaks once a day, nothing: the alarm stays as it is.
    """

    entry: str
    subject: str
    remedy: str
    metric: cloudwatch.IMetric
    threshold: float
    comparison: cloudwatch.ComparisonOperator = AT_LEAST
    periods: int = 1
    silence: cloudwatch.TreatMissingData = FINE

    @property
    def name(self) -> str:
        return f"owlpost {self.entry}: {self.subject}"

    @property
    def description(self) -> str:
        return f"{self.remedy} Runbook: docs/runbook.md#{self.entry.replace(' ', '-')}"


class Alarms(Construct):
    """All of them, and the topic that they tell."""

    def __init__(self, scope: Construct, id: str, *, watches: Iterable[Watch], topic: sns.ITopic) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        told = actions.SnsAction(topic)
        for watch in watches:
            alarm = cloudwatch.Alarm(
                self,
                watch.name,
                alarm_name=watch.name,
                alarm_description=watch.description,
                metric=watch.metric,
                threshold=watch.threshold,
                comparison_operator=watch.comparison,
                evaluation_periods=watch.periods,
                treat_missing_data=watch.silence,
            )
            alarm.add_alarm_action(told)
            alarm.add_ok_action(told)
