"""CloudWatch alarms from their specs, each with an entry in docs/runbook.md that its description names."""

from collections.abc import Iterable

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.aws.alarm_spec import AlarmSpec
from infra.aws.cloudwatch import to_cdk

COMPARISONS = {
    "over": cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    "at least": cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    "below": cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
}
RECOVERIES = {
    "recover": actions.Ec2InstanceAction.RECOVER,
    "reboot": actions.Ec2InstanceAction.REBOOT,
}
SILENCES = {
    "fine": cloudwatch.TreatMissingData.NOT_BREACHING,
    "alarm": cloudwatch.TreatMissingData.BREACHING,
    "unchanged": cloudwatch.TreatMissingData.IGNORE,
}


class Alarms(Construct):
    """All of them; each tells `topic` when it begins and when it ends."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        specs: Iterable[AlarmSpec],
        topic: sns.ITopic,
        prefix: str,
    ) -> None:
        super().__init__(scope, id)
        action = actions.SnsAction(topic)
        for spec in specs:
            alarm = cloudwatch.Alarm(
                self,
                spec.title,
                alarm_name=f"{prefix} {spec.title}",
                alarm_description=spec.description,
                metric=to_cdk(spec.metric, prefix=prefix),
                threshold=spec.threshold,
                comparison_operator=COMPARISONS[spec.comparison],
                evaluation_periods=spec.periods,
                treat_missing_data=SILENCES[spec.silence],
            )
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)
            if spec.recovery:
                alarm.add_alarm_action(actions.Ec2Action(RECOVERIES[spec.recovery]))
