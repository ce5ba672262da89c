"""Secrets by name: read once, again after five minutes, and what is built from them follows."""

import json
from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import ClientError

from owlpost.domain.errors import Misconfigured
from owlpost.sandbox import Sandbox
from owlpost.secret_store import FRESH_SECONDS, SecretStore
from owlpost.settings import Settings
from owlpost.wiring.settings import rebuilt_on_rotation, secret_store

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class Vault:
    """Secrets Manager with texts by name; down while `down` is set."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = secrets
        self.reads = 0
        self.down = False

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 (as boto3 spells it)
        self.reads += 1
        if self.down:
            raise ClientError({"Error": {"Code": "InternalServiceError"}}, "GetSecretValue")
        return {"SecretString": self.secrets[SecretId]}


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def vault() -> Vault:
    return Vault(tokens=json.dumps({"JWT_KEYS": "old"}), email=json.dumps({"RESEND_API_KEY": "re_1"}))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store(vault: Vault, time: Time) -> SecretStore:
    return SecretStore(cast("SecretsManagerClient", vault), ["tokens", "email"], clock=time)


def test_secrets_are_read_once_and_hold_all_that_their_names_hold(store: SecretStore, vault: Vault) -> None:
    assert store.values == {"JWT_KEYS": "old", "RESEND_API_KEY": "re_1"}
    assert (store.values, store.generation) == (store.values, 1)
    assert vault.reads == 2


def test_what_is_not_filled_in_takes_no_other_secrets_place_and_what_is_does(
    store: SecretStore, vault: Vault, time: Time
) -> None:
    vault.secrets["tokens"] = json.dumps({"SMTP_PASSWORD": "where it used to be"})
    vault.secrets["email"] = json.dumps({"SMTP_PASSWORD": "", "GENERATED": "x"})
    assert store.values == {"SMTP_PASSWORD": "where it used to be", "GENERATED": "x"}
    vault.secrets["email"] = json.dumps({"SMTP_PASSWORD": "where it belongs"})
    time.now += FRESH_SECONDS
    assert store.values["SMTP_PASSWORD"] == "where it belongs"


def test_a_new_secret_is_used_within_five_minutes(store: SecretStore, vault: Vault, time: Time) -> None:
    assert store.generation == 1
    vault.secrets["tokens"] = json.dumps({"JWT_KEYS": "new, old"})
    time.now += FRESH_SECONDS - 1
    assert store.values["JWT_KEYS"] == "old"
    time.now += 1
    assert store.values["JWT_KEYS"] == "new, old"
    assert store.generation == 2


def test_what_has_not_changed_is_not_built_anew(store: SecretStore, time: Time) -> None:
    assert store.generation == 1
    time.now += 10 * FRESH_SECONDS
    assert store.generation == 1


def test_a_vault_that_is_down_later_leaves_what_was_read(store: SecretStore, vault: Vault, time: Time) -> None:
    assert store.generation == 1
    vault.down = True
    time.now += FRESH_SECONDS
    assert store.values["JWT_KEYS"] == "old"
    reads = vault.reads
    assert store.generation == 1
    assert vault.reads == reads  # and it is left alone for another five minutes


def test_a_vault_that_is_down_at_the_first_read_is_asked_again(store: SecretStore, vault: Vault) -> None:
    vault.down = True
    with pytest.raises(ClientError):
        _ = store.values
    vault.down = False
    assert store.values["JWT_KEYS"] == "old"


@pytest.mark.parametrize("text", ["hunter2", '["hunter2"]', '{"PASSWORD": {"hunter2": 1}}'])
def test_a_secret_of_another_form_is_named_and_not_quoted(vault: Vault, text: str) -> None:
    vault.secrets["email"] = text
    with pytest.raises(Misconfigured, match="secret email") as caught:
        _ = SecretStore(cast("SecretsManagerClient", vault), ["email"]).values
    assert "hunter2" not in str(caught.value)


def test_what_is_kept_is_built_once_for_a_generation_of_the_secrets(
    store: SecretStore, vault: Vault, time: Time
) -> None:
    built: list[str] = []

    def build() -> int:
        built.append(store.values["JWT_KEYS"])
        return len(built)

    get = rebuilt_on_rotation(build)
    with Sandbox() as sandbox:
        sandbox.provide(secret_store, store)
        assert (get(), get()) == (1, 1)
        vault.secrets["tokens"] = json.dumps({"JWT_KEYS": "new"})
        time.now += FRESH_SECONDS
        assert (get(), get()) == (2, 2)
    assert built == ["old", "new"]


def test_a_variable_that_the_environment_sets_wins_over_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_HOST", "here.example")
    settings = Settings.from_environment(secrets={"DATABASE_HOST": "there.example", "DATABASE_PASSWORD": "s"})
    assert settings.database.host == "here.example"
    assert settings.database.password is not None


def test_names_of_secrets_come_comma_separated() -> None:
    assert Settings({"SECRET_NAMES": "owlpost/tokens, owlpost/email,"}).secret_names == (
        "owlpost/tokens",
        "owlpost/email",
    )
    assert Settings({}).secret_names == ()
