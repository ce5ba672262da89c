"""Which secrets somebody has filled in. Only their descriptions are read: the functions try the keys themselves."""

from collections.abc import Iterator
from typing import Any

from infra.aws.secret_outputs import output_of
from infra.cli.doctor_account import Account
from owlpost.domain.findings import Finding, good, note
from owlpost.filled_secrets import REPLACED

REMEDY = "Fill it in as *First deployment* in docs/deploy.md says; leave it if you do not use the provider."
REMEDIES = {
    "smtp": "Fill it in as *Mail by SMTP* in docs/deploy.md says; until then one that is in Resend's secret is used."
}


def secrets(account: Account) -> Iterator[Finding]:
    """Look at each secret that an operator fills in; one that is empty may be meant so."""
    (stack,) = account.client("cloudformation").describe_stacks(StackName=account.name("data"))["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    client = account.client("secretsmanager")
    for secret in (each for each in account.plan.secrets if each.variables):
        if _is_filled_in(client, outputs[output_of(secret.name)]):
            yield good(f"secret {secret.name}", "filled in")
        else:
            remedy = REMEDIES.get(secret.name, REMEDY)
            yield note(f"secret {secret.name}", f"not filled in: {', '.join(secret.variables)}", remedy)


def _is_filled_in(client: Any, name: str) -> bool:
    versions = client.describe_secret(SecretId=name).get("VersionIdsToStages", {})
    return any(REPLACED in stages for stages in versions.values())
