"""What a user sets for a laptop reaches it, but for what leads to its fake providers; a wrong value is named."""

from pathlib import Path

import pytest

from infra.cli.env_file import read
from infra.cli.errors import BadInput
from infra.local.laptop.given import Given
from infra.local.laptop.instance import CannotStart

CHOICE = "OWLPOST_SQS_EMULATOR"

OWN = {
    "JWT_KEYS": "k" * 32,
    "RESEND_API_KEY": "re_fake",
    "RESEND_BASE_URL": "http://127.0.0.1:1",
    "RESEND_WEBHOOK_SECRETS": "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
    "EMAIL_FROM": "Owlpost <owlpost@owlpost.example>",
    "SYSTEM_JOBS_ALERT_EMAIL": "operator@owlpost.example",
    "SIGN_IN_PER_IP": "0",
    "WEB_URL": "http://localhost:8080",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_REPLY_TO", "owls@owlpost.example"),
        ("SYSTEM_JOBS_ALERT_EMAIL", "ops@owlpost.example"),
        ("RETENTION_READ_DAYS", "7"),
        ("DISPATCH_CHUNK_SIZE", "500"),
        ("SIGN_IN_PER_IP", "5"),
        ("LOG_LEVEL", "WARNING"),
    ],
)
def test_what_the_topology_lists_is_passed_on(name: str, value: str) -> None:
    assert Given({name: value}).settings(OWN) == {**OWN, name: value}


def test_what_no_function_lists_is_left_out() -> None:
    given = Given({"PATH": "/bin", "DATABASE_HOST": "db.example", "AWS_ENDPOINT_URL": "https://sqs.example"})
    assert given.settings(OWN) == OWN


@pytest.mark.parametrize("without", [frozenset[str](), frozenset({"resend"})])
def test_a_real_key_or_address_never_takes_the_place_of_a_fake_providers(without: frozenset[str]) -> None:
    given = Given({"RESEND_API_KEY": "re_real", "RESEND_BASE_URL": "https://api.resend.com"}, without)
    settings = given.settings(OWN)
    assert "re_real" not in settings.values()
    assert settings["RESEND_BASE_URL"] == OWN["RESEND_BASE_URL"]
    assert given.unused(OWN) == ["RESEND_API_KEY", "RESEND_BASE_URL"]


def test_a_provider_to_go_without_has_no_key_and_keeps_the_rest() -> None:
    settings = Given(without=frozenset({"resend"})).settings(OWN)
    assert OWN.keys() - settings.keys() == {"RESEND_API_KEY"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RETENTION_READ_DAYS", "a month"),
        ("SIGN_IN_PER_IP", "-1"),
        ("LOG_LEVEL", "loud"),
        ("EMAIL_REPLY_TO", "nobody"),
        ("RESEND_CALLS_PER_SECOND", "many"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_before_anything_starts(name: str, value: str) -> None:
    with pytest.raises(CannotStart, match=f"^{name}: "):
        Given({name: value}).settings(OWN)


@pytest.mark.parametrize(
    ("chosen", "name"), [({}, "ministack"), ({CHOICE: ""}, "ministack"), ({CHOICE: "fauxqs"}, "fauxqs")]
)
def test_the_emulator_of_sqs_is_chosen_by_name_and_no_function_hears_of_it(chosen: dict[str, str], name: str) -> None:
    assert Given(chosen).sqs.name == name
    assert Given(chosen).settings(OWN) == OWN


def test_an_emulator_that_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(CannotStart, match=r"^OWLPOST_SQS_EMULATOR: 'elasticmq' is none of ministack, fauxqs$"):
        _ = Given({CHOICE: "elasticmq"}).sqs


def test_a_file_of_settings_is_read_with_comments_quotes_and_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "dev.env"
    file.write_text(
        '# mine\nAPNS_ENV=sandbox\nexport EMAIL_REPLY_TO="Owls <o@x.example>"\nWEBHOOK_KEY="a\nb"\nEMPTY=\n'
    )
    assert read(file) == {
        "APNS_ENV": "sandbox",
        "EMAIL_REPLY_TO": "Owls <o@x.example>",
        "WEBHOOK_KEY": "a\nb",
        "EMPTY": "",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"A=1\njust words\n", "line 2: is not NAME=value"), (b"A=1\nB\n", "line 2"), (b"\xff", "is not text")],
)
def test_a_file_that_is_not_understood_is_refused_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "dev.env"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read(file)
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        read(tmp_path / "none.env")
