"""`operate` says which providers have a key, with a Secrets Manager in which it reads no value."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import boto3
import pytest

from functions import operate
from infra.local.account import CREDENTIALS, REGION
from infra.local.sqs.emulator import Emulator
from owlpost.settings import Settings
from tests.support.people import Person, add_person
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

APNS = ("APNS_KEY_ID", "APNS_TEAM_ID", "APNS_KEY_P8")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SecretsManagerClient"]:
    """The emulator's Secrets Manager."""
    with Emulator(tmp_path_factory.mktemp("vault"), services="secretsmanager") as emulator:
        yield boto3.client("secretsmanager", endpoint_url=emulator.url, region_name=REGION, **CREDENTIALS)


@pytest.fixture
def ada(stage: Stage) -> Person:
    with stage.database.transaction() as connection:
        return add_person(connection, device="ada-phone")


def fate_of_a_push(person: Person) -> tuple[bool, str]:
    """Return whether a push would be sent, and the rule, as `owlpost explain` says."""
    command = {"command": "explain_person", "user": str(person.id), "type": "feedback.new"}
    answer = cast("dict[str, list[dict[str, object]]]", operate.handler(command, Context()))
    (push,) = (each for each in answer["channels"] if each["channel"] == "mobile_push")
    return bool(push["sent"]), str(push["rule"])


def test_a_key_counts_from_when_the_operator_has_put_it_into_its_secret(
    stage: Stage,
    wired: Wired,
    ada: Person,
    vault: "SecretsManagerClient",
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    deployed = json.dumps(dict.fromkeys(APNS, ""))
    name = vault.create_secret(Name=tmp_path.name, SecretString=deployed)["ARN"]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", vault.meta.endpoint_url)
    monkeypatch.setenv("CREDENTIALS_IN_SECRETS", json.dumps({name: APNS}))
    wired.as_function("operate")
    assert fate_of_a_push(ada) == (False, "no_apns_key")
    vault.put_secret_value(SecretId=name, SecretString=json.dumps(dict.fromkeys(APNS, "a value")))
    wired.as_function("operate")  # a sandbox looks every five minutes
    assert fate_of_a_push(ada) == (True, "default_on")


def test_on_the_laptop_the_environment_has_the_names_of_keys_and_not_the_keys(
    stage: Stage, wired: Wired, ada: Person
) -> None:
    wired.as_function("operate", **dict.fromkeys(APNS, "the key itself"))
    assert Settings.from_environment().beginning_with(("APNS_",)) == {}
    assert fate_of_a_push(ada) == (True, "default_on")
