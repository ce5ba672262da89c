"""The topology's secrets in Secrets Manager, each a JSON object of environment variables."""

import json
import string
from collections.abc import Iterable

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.aws.nag import acknowledge
from infra.topology.model import Secret


class SecretVault(Construct):
    """`by_name` holds them by the topology's names. What an operator fills in is empty at first, which counts as not set."""

    def __init__(self, scope: Construct, id: str, *, secrets: Iterable[Secret]) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self.by_name = {secret.name: self._add(secret) for secret in secrets}

    def _add(self, wanted: Secret) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            wanted.name,
            secret_name=secret_name(wanted),
            description=f"Owlpost: {', '.join([*wanted.variables, *filter(None, [wanted.generated])])}",
            # A key of its own is generated even where it is not asked for: it is the CloudFormation resource's only way
            # to make an object that an update of the stack never writes over.
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps(dict.fromkeys(wanted.variables, "")),
                generate_string_key=wanted.generated or "GENERATED",
                password_length=64,
                exclude_characters=string.punctuation,  # keys are listed comma-separated
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            secret,
            "The providers' keys are changed by hand at the providers; functions read a new value within five minutes.",
            "AwsSolutions-SMG4",
        )
        return secret


def secret_name(secret: Secret) -> str:
    return f"owlpost/{secret.name}"
