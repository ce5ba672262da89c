"""Migrations at deployment, before any function has its new code; one that fails rolls the deployment back."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack, triggers
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.aws.nag import acknowledge

PROVIDER = "AWSCDK.TriggerCustomResourceProviderCustomResourceProvider"


class Migration(Construct):
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        function: lambda_.Function,
        before: Sequence[Construct],
        timeout: int,
    ) -> None:
        super().__init__(scope, id)
        triggers.Trigger(
            self,
            "Trigger",
            handler=function,
            timeout=Duration.seconds(timeout),
            execute_before=[*before],
            execute_on_handler_change=True,
        )
        if provider := Stack.of(self).node.try_find_child(PROVIDER):
            acknowledge(
                provider,
                "The CDK's own function behind a Trigger: it calls the migration once per deployment, and is not ours to set.",
                "AwsSolutions-IAM4",
                "AwsSolutions-IAM5",
                "AwsSolutions-L1",
                "Serverless-LambdaTracing",
                "Serverless-LambdaDLQ",
                "Serverless-LambdaLatestVersion",
                "Serverless-LambdaDefaultMemorySize",
            )
