"""The topic that alarms are published to, and who hears of them."""

from aws_cdk import Annotations, ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.aws.configuration import Configuration
from infra.aws.nag import acknowledge

NOBODY = (
    "Nobody will be told of an alarm: set alarm_email, or subscribe to the topic of alarms by hand and set"
    " alarms_told_elsewhere to true."
)


class AlarmTopic(Construct):
    """`alarm_email` is mailed; where nobody is told at all, each synthesis and deployment warns."""

    def __init__(self, scope: Construct, id: str, *, configuration: Configuration) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Topic", topic_name=f"{configuration.prefix}-alarms", enforce_ssl=True)
        self._let_cloudwatch_publish(configuration.prefix)
        if email := configuration.alarm_email:
            acknowledge(
                self.topic.add_subscription(subscriptions.EmailSubscription(email)),
                "A mail to the operator that cannot be delivered would wait in a queue that only the operator reads.",
                "Serverless-SNSRedrivePolicy",
            )
        elif not configuration.alarms_told_elsewhere:
            Annotations.of(self).add_warning_v2("owlpost:nobody-is-told", NOBODY)

    def _let_cloudwatch_publish(self, prefix: str) -> None:
        """A topic without a policy lets in the account's own alarms; one that demands TLS has a policy, so it must say so."""
        stack = Stack.of(self)
        alarms = stack.format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=f"{prefix} *",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": alarms},
                },
            )
        )
