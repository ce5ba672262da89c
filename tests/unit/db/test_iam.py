"""The password that IAM signs is the one that RDS's own client makes."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from owlpost.db.iam import auth_token
from owlpost.domain.errors import Misconfigured
from owlpost.sandbox import Sandbox

HOST, PORT, USER = "db.cluster-x.eu-west-1.rds.amazonaws.com", 5432, "owlpost"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_SESSION_TOKEN": "t",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@pytest.fixture(autouse=True)
def _in_a_new_sandbox() -> Iterator[None]:
    with Sandbox():
        yield


@pytest.fixture
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def parts(token: str) -> tuple[str, dict[str, list[str]]]:
    """Address and parameters, without those that the moment decides."""
    split = urlsplit(f"https://{token}")
    said = parse_qs(split.query)
    return f"{split.netloc}{split.path}", {
        key: value for key, value in said.items() if key not in {"X-Amz-Date", "X-Amz-Signature"}
    }


@pytest.mark.usefixtures("_signed_in")
def test_the_token_is_what_the_rds_client_signs() -> None:
    client = boto3.Session().client("rds")  # once: to make it takes longer than the second in which the two may differ

    def theirs() -> str:
        return str(client.generate_db_auth_token(HOST, PORT, USER))

    assert parts(auth_token(HOST, PORT, USER)) == parts(theirs())
    # In one and the same second the signatures are equal too; a second may end between the two.
    assert any(auth_token(HOST, PORT, USER) == theirs() for _ in range(100))


def test_without_a_region_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match="DATABASE_AUTH"):
        auth_token(HOST, PORT, USER)
