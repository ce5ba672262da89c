"""The topology's secrets in Secrets Manager, each a JSON object of environment variables."""

import json
import string
from collections.abc import Iterable

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.aws.nag import acknowledge
from infra.aws.secret_outputs import output_of
from infra.topology.model import Secret


class SecretVault(Construct):
    """`by_name` holds them by the topology's names. What an operator fills in is empty at first, which counts as not set.

    CloudFormation names them, so that one which was kept by an earlier installation is in nobody's way; the outputs
    `Secret…` tell the names. They are kept when the stack goes, but not when its creation fails.
    """

    def __init__(self, scope: Construct, id: str, *, secrets: Iterable[Secret]) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self.by_name = {secret.name: self._add(secret) for secret in secrets}
        for name, secret in self.by_name.items():
            CfnOutput(self, f"{name}-name", value=secret.secret_arn).override_logical_id(output_of(name))

    def _add(self, wanted: Secret) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            wanted.name,
            description=description(wanted),
            # A key of its own is generated even where it is not asked for: it is the CloudFormation resource's only way
            # to make an object that an update of the stack never writes over.
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps(dict.fromkeys(wanted.variables, "")),
                generate_string_key=wanted.generated or "GENERATED",
                password_length=64,
                exclude_characters=string.punctuation,  # keys are listed comma-separated
            ),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        acknowledge(
            secret,
            "The providers' keys are changed by hand at the providers; functions read a new value within five minutes.",
            "AwsSolutions-SMG4",
        )
        return secret


def description(secret: Secret) -> str:
    return f"Owlpost: {', '.join([*secret.variables, *filter(None, [secret.generated])])}"
