"""One function's role, written out: what it logs to, which queues, secrets and database user it may use."""

from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.aws.function_database import database_user
from infra.aws.nag import acknowledge
from infra.aws.surroundings import Surroundings
from infra.topology.model import OWNER, Function

#: A Lambda in a VPC makes and removes its own network interfaces, which have no names beforehand.
INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
READ = ("secretsmanager:GetSecretValue",)
SEND = ("sqs:SendMessage",)
#: Says whether a secret has been filled in, and not with what.
DESCRIBE = ("secretsmanager:DescribeSecret",)
RECEIVE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes")


class FunctionRole(Construct):
    """`inside` says whether the function runs in a VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        function: Function,
        around: Surroundings,
        log_group: logs.LogGroup,
        inside: bool,
    ) -> None:
        super().__init__(scope, id)
        self._around = around
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(self.role)
        self._allow_queues(function)
        self._allow_functions(function)
        for secret in around.topology.secrets_of(function):
            self._allow(READ, around.vault.by_name[secret.name].secret_arn)
        for secret in around.topology.secrets_told_to(function):
            self._allow(DESCRIBE, around.vault.by_name[secret.name].secret_arn)
        if "MAIL_SENDER" in function.settings and around.settings.get("MAIL_SENDER") == "ses":
            self._allow_ses(around.settings, checks="DELIVERY_CHANNEL" in function.environment)
        if around.topology.lines and function.name == around.topology.lines.function:
            self._allow_connections(around.connections)
        if function.database:
            self._allow_database(function)
        if inside:
            self._allow(INTERFACES, "*")
            self._keep_code_from_interfaces(function)
        acknowledge(
            self.role,
            "Tracing and network interfaces have no resource to name; a log group's streams are all its own.",
            "AwsSolutions-IAM5[Resource::*]",
            f"AwsSolutions-IAM5[Resource::<{self._logical(log_group)}.Arn>:*]",
        )

    def _logical(self, log_group: logs.LogGroup) -> str:
        return str(Stack.of(self).get_logical_id(log_group.node.default_child))  # type: ignore[arg-type]  # an L1 for sure

    def _allow_queues(self, function: Function) -> None:
        by_name = self._around.queues.by_name
        for name in function.sends:
            self._allow(SEND, by_name[name].queue_arn)
        for name in function.receives:
            self._allow(RECEIVE, by_name[name].queue_arn)

    def _allow_functions(self, function: Function) -> None:
        """By name: the other function may not have been made yet."""
        for name in function.starts:
            arn = Stack.of(self).format_arn(
                service="lambda",
                resource="function",
                resource_name=self._around.topology.physical_name(name),
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            self._allow(("lambda:InvokeFunction",), arn)

    def _allow_connections(self, arns: Sequence[str]) -> None:
        """Post to connections of the one stage, and close them: their ids are made when they are opened."""
        for arn in arns:
            self._allow(("execute-api:ManageConnections",), arn)
            shown = Stack.of(self).resolve(arn)
            reason = "Connections of this API's one stage: each has an id that is made when it is opened."
            acknowledge(self.role, reason, f"AwsSolutions-IAM5[Resource::{_readable(shown)}]")

    def _allow_ses(self, settings: Mapping[str, str], *, checks: bool) -> None:
        """By the sender's address or its domain, whichever is verified, and through the one configuration set.

        `checks`: the doctor asks this function whether SES lets us send. The account itself has no ARN.
        """
        address = parseaddr(settings.get("EMAIL_FROM", ""))[1]
        identities = [self._ses_arn("identity", name) for name in (address, address.rpartition("@")[2])]
        for arn in (*identities, self._ses_arn("configuration-set", settings.get("SES_CONFIGURATION_SET", ""))):
            self._allow(("ses:SendEmail",), arn)
        if checks:
            self._allow(("ses:GetAccount",), "*")
            for arn in identities:
                self._allow(("ses:GetEmailIdentity",), arn)

    def _ses_arn(self, resource: str, name: str) -> str:
        return Stack.of(self).format_arn(service="ses", resource=resource, resource_name=name)

    def _allow_database(self, function: Function) -> None:
        link = self._around.database
        secret = link.owner_secret if function.zone == OWNER else link.app_secret
        if secret:
            secret.grant_read(self.role)
        elif link.auth == "iam":
            user = f"{link.resource_id}/{database_user(function, link)}"
            stack = Stack.of(self)
            arn = stack.format_arn(
                service="rds-db", resource="dbuser", resource_name=user, arn_format=ArnFormat.COLON_RESOURCE_NAME
            )
            self._allow(("rds-db:connect",), arn)

    def _keep_code_from_interfaces(self, function: Function) -> None:
        """Lambda itself makes the interfaces with this role; the function's own code has no business with them.

        A call from the code carries the function's ARN, one from Lambda does not: AWS' own example, "Using VPC settings as
        IAM condition keys" and "lambda:SourceFunctionArn" in Lambda's developer guide.
        """
        arn = Stack.of(self).format_arn(
            service="lambda",
            resource="function",
            resource_name=self._around.topology.physical_name(function.name),
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        self.role.add_to_principal_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=list(INTERFACES),
                resources=["*"],
                conditions={"ArnEquals": {"lambda:SourceFunctionArn": arn}},
            )
        )

    def _allow(self, actions: tuple[str, ...], resource: str) -> None:
        self.role.add_to_principal_policy(iam.PolicyStatement(actions=list(actions), resources=[resource]))


def _readable(resolved: Any) -> str:
    """Return an ARN as cdk-nag names it: a reference stands in angle brackets."""
    if isinstance(resolved, str):
        return resolved
    parts = resolved["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in parts)
