"""Which secrets are filled in: told by their descriptions, asked again after five minutes, and never by a value."""

from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import ClientError

from owlpost.filled_secrets import FilledSecrets
from owlpost.secret_store import FRESH_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SECRETS = {"apns": ("APNS_KEY_ID", "APNS_KEY_P8"), "fcm": ("FCM_SERVICE_ACCOUNT",)}
AS_DEPLOYED = {"1": ["AWSCURRENT"]}
#: Once a value was put, and after it was put a third time.
FILLED_IN = ({"1": ["AWSPREVIOUS"], "2": ["AWSCURRENT"]}, {"2": ["AWSPREVIOUS"], "3": ["AWSCURRENT"]})


class Descriptions:
    """Secrets Manager for a role that may describe secrets and do nothing else."""

    def __init__(self) -> None:
        self.versions = {"apns": AS_DEPLOYED, "fcm": AS_DEPLOYED}
        self.asked = 0

    def describe_secret(self, *, SecretId: str) -> dict[str, object]:  # noqa: N803 (as boto3 spells it)
        self.asked += 1
        return {"Name": SecretId, "VersionIdsToStages": self.versions[SecretId]}


class Refusing:
    def describe_secret(self, *, SecretId: str) -> dict[str, object]:  # noqa: N803 (as boto3 spells it)
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": SecretId}}, "DescribeSecret")


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def filled(client: object, time: Time | None = None) -> FilledSecrets:
    return FilledSecrets(cast("SecretsManagerClient", client), SECRETS, clock=time or Time())


def test_a_secret_that_only_the_deployment_has_written_is_not_filled_in() -> None:
    assert filled(Descriptions()).variables() == frozenset()


@pytest.mark.parametrize("versions", FILLED_IN)
def test_a_secret_that_somebody_has_filled_in_names_its_variables_alone(versions: dict[str, list[str]]) -> None:
    descriptions = Descriptions()
    descriptions.versions["apns"] = versions
    assert filled(descriptions).variables() == {"APNS_KEY_ID", "APNS_KEY_P8"}


def test_a_look_holds_for_five_minutes() -> None:
    descriptions, time = Descriptions(), Time()
    secrets = filled(descriptions, time)
    assert secrets.variables() == secrets.variables() == frozenset()
    assert descriptions.asked == len(SECRETS)
    descriptions.versions["fcm"] = FILLED_IN[0]
    time.now += FRESH_SECONDS
    assert secrets.variables() == {"FCM_SERVICE_ACCOUNT"}


def test_a_refusal_is_not_taken_for_a_secret_that_is_empty() -> None:
    with pytest.raises(ClientError):
        filled(Refusing()).variables()
