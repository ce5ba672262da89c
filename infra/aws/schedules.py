"""The topology's schedules, in UTC; what Scheduler cannot hand to Lambda goes to a queue of its own."""

from collections.abc import Mapping

from aws_cdk import Duration, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.topology.model import Topology


class Schedules(Construct):
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        topology: Topology,
        functions: Mapping[str, lambda_.Function],
        failures: sqs.Queue,
    ) -> None:
        super().__init__(scope, id)
        for schedule in topology.schedules:
            function = functions[schedule.function]
            age = topology.function(schedule.function).max_event_age
            scheduler.Schedule(
                self,
                schedule.name,
                schedule_name=topology.physical_name(schedule.name),
                schedule=scheduler.ScheduleExpression.expression(schedule.expression, TimeZone.ETC_UTC),
                target=targets.LambdaInvoke(
                    function,
                    dead_letter_queue=failures,
                    input=scheduler.ScheduleTargetInput.from_object(
                        {"schedule": schedule.name, "time": scheduler.ContextAttribute.scheduled_time}
                    ),
                    max_event_age=Duration.seconds(age) if age else None,
                    retry_attempts=3,
                    role=self._role(schedule.name, function, failures).without_policy_updates(),
                ),
            )

    def _role(self, name: str, function: lambda_.Function, failures: sqs.Queue) -> iam.Role:
        """Written out, as what the target would add lets it call every version of the function."""
        role = iam.Role(self, f"{name}-role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        for action, resource in (
            ("lambda:InvokeFunction", function.function_arn),
            ("sqs:SendMessage", failures.queue_arn),
        ):
            role.add_to_principal_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        return role
