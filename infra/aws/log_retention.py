"""For how long logs are kept: ours by their log groups, and those of the CDK's own functions, which come without one."""

from aws_cdk import CfnResource, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from infra.aws.nag import acknowledge

#: What CloudWatch offers, by days.
RETENTIONS = {
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
BASIC = "AWSLambdaBasicExecutionRole"
FUNCTION = "AWS::Lambda::Function"


def keep_logs_of_providers(stack: Stack, days: int) -> None:
    """Give each function that the CDK has added a log group with a retention; call it when the stack is complete.

    Without one Lambda makes the group at the first call, and keeps it for ever.
    """
    found = [each for each in stack.node.find_all() if isinstance(each, CfnResource)]
    for function in (each for each in found if each.cfn_resource_type == FUNCTION and not _has_logs(each)):
        group = logs.LogGroup(
            stack,
            f"{function.node.path.rpartition('/')[0].rpartition('/')[2]}-logs",
            retention=RETENTIONS[days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        function.add_property_override("LoggingConfig.LogGroup", group.log_group_name)


def acknowledge_log_retention(stack: Stack) -> None:
    """Say why the CDK's own function that gives RDS' log group a retention is as it is; RDS makes that group by itself."""
    for child in stack.node.children:
        if child.node.id.startswith("LogRetention"):
            acknowledge(
                child,
                "The CDK's own function: it sets the retention of RDS' log group at deployment, and is not ours to set.",
                f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{BASIC}]",
                "AwsSolutions-IAM5[Resource::*]",
                "AwsSolutions-L1",
                "Serverless-LambdaTracing",
                "Serverless-LambdaDLQ",
                "Serverless-LambdaLatestVersion",
                "Serverless-LambdaDefaultMemorySize",
            )


def _has_logs(function: CfnResource) -> bool:
    return isinstance(function, lambda_.CfnFunction) and function.logging_config is not None
