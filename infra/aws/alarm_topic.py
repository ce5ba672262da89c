"""The topic that alarms are published to, and who hears of them."""

from aws_cdk import Annotations, ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.aws.nag import acknowledge

NOBODY = (
    "Nobody will be told of an alarm: set alarm_email, or subscribe to the topic owlpost-alarms by hand and set"
    " alarms_told_elsewhere to true."
)


class AlarmTopic(Construct):
    """`email` is mailed; where nobody is told at all, each synthesis and deployment warns."""

    def __init__(self, scope: Construct, id: str, *, email: str | None, told_elsewhere: bool) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Topic", topic_name="owlpost-alarms", enforce_ssl=True)
        self._let_cloudwatch_publish()
        if email:
            acknowledge(
                self.topic.add_subscription(subscriptions.EmailSubscription(email)),
                "A mail to the operator that cannot be delivered would wait in a queue that only the operator reads.",
                "Serverless-SNSRedrivePolicy",
            )
        elif not told_elsewhere:
            Annotations.of(self).add_warning_v2("owlpost:nobody-is-told", NOBODY)

    def _let_cloudwatch_publish(self) -> None:
        """A topic without a policy lets in the account's own alarms; one that demands TLS has a policy, so it must say so."""
        stack = Stack.of(self)
        alarms = stack.format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name="owlpost *",
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
