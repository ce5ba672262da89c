"""Every address, host and URL that is configured is checked where it is read, and an error names its variable."""

import json
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.mobile_push.settings import VARIABLES, apns_settings, fcm_settings
from owlpost.domain.errors import Misconfigured
from owlpost.settings import Settings
from owlpost.settings_sections import SECTIONS
from tests.unit.channels.mobile_push.test_settings import ACCOUNT as GIVEN_ACCOUNT
from tests.unit.channels.mobile_push.test_settings import APNS

#: By the end of a variable's name, what is no such thing.
GARBLED = {
    "_URL": ("nonsense", "http://evil.example", "https://owl.example.com:port", "https://user:pw@owl.example.com"),
    "_ORIGINS": (
        "*",
        "null",
        "app.example.com",
        "https://*.example.com",
        "https://app.example.com/x",
        "http://evil.example",
    ),
    "_HOST": ("https://smtp.example.com", "smtp.example.com:587", "smtp example.com"),
    "_FROM": ("nobody", "owl@☃☃.example"),
    "_REPLY_TO": ("nobody", "owl@☃☃.example"),
    "_EMAIL": ("nobody", "owl@example.com, ada@example.com", "owl@☃☃.example", "owl@example.com\r\nBcc: x@y.example"),
}
Reader = Callable[[Mapping[str, str]], object]
ACCOUNT = json.dumps(GIVEN_ACCOUNT)
HOST_JWT = {"HOST_JWT_ISSUER": "host", "HOST_JWT_AUDIENCE": "owlpost"}


def readers() -> dict[str, Reader]:
    """Return, by variable, what reads it with all that it needs set."""
    found: dict[str, Reader] = {}
    for section in SECTIONS:
        for name in section.model_fields:
            found[section.prefix + name.upper()] = partial(
                lambda of, given: Settings(HOST_JWT | given).section(of), section
            )
    for name in EmailSettings.model_fields:
        found[name.upper()] = EmailSettings.from_section
    for name in VARIABLES:
        found[name] = lambda given: (
            apns_settings({**APNS, **given}),
            fcm_settings({"FCM_SERVICE_ACCOUNT": ACCOUNT, **given}),
        )
    return found


CASES = [
    pytest.param(name, value, read, id=f"{name} {value!r}")
    for name, read in sorted(readers().items())
    for ending, values in GARBLED.items()
    if name.endswith(ending)
    for value in values
]


@pytest.mark.parametrize(("name", "value", "read"), CASES)
def test_what_is_garbled_is_refused_by_its_variable_and_not_repeated(name: str, value: str, read: Reader) -> None:
    with pytest.raises(Misconfigured, match=f"^{name}: ") as raised:
        read({name: value})
    assert value not in str(raised.value)


def test_all_that_has_an_address_is_known_here() -> None:
    assert {case.values[0] for case in CASES} == {
        *("APNS_PRODUCTION_URL", "APNS_SANDBOX_URL", "DATABASE_HOST", "EMAIL_FROM", "EMAIL_REPLY_TO", "FCM_BASE_URL"),
        *("CANARY_EMAIL", "EMBED_ORIGINS", "LINE_URL"),
        *("HOST_JWT_JWKS_URL", "RESEND_BASE_URL", "SMTP_HOST", "SYSTEM_JOBS_ALERT_EMAIL", "WEB_URL"),
    }


@pytest.mark.parametrize(
    ("name", "value", "spelled"),
    [
        ("SYSTEM_JOBS_ALERT_EMAIL", " Ops@Bücher.example ", "ops@xn--bcher-kva.example"),
        ("WEB_URL", "https://Bücher.example/", "https://xn--bcher-kva.example"),
        ("DATABASE_HOST", "db.bücher.example", "db.xn--bcher-kva.example"),
        ("LINE_URL", "wss://Bücher.example/lines/", "wss://xn--bcher-kva.example/lines"),
    ],
)
def test_what_is_typed_in_another_way_is_read_as_what_providers_know(name: str, value: str, spelled: str) -> None:
    named = (each for each in SECTIONS if name.startswith(each.prefix))
    section = next(each for each in named if name.removeprefix(each.prefix).lower() in each.model_fields)
    assert spelled in Settings({name: value}).section(section).model_dump().values()


def test_a_mail_server_is_read_as_dns_knows_it() -> None:
    assert EmailSettings.from_section({"SMTP_HOST": " SMTP.Bücher.example "}).smtp_host == "smtp.xn--bcher-kva.example"


def test_googles_own_address_for_tokens_is_checked_as_well() -> None:
    with pytest.raises(Misconfigured, match=r"^FCM_SERVICE_ACCOUNT: its token_uri must be"):
        fcm_settings({"FCM_SERVICE_ACCOUNT": ACCOUNT.replace("https://oauth2", "http://oauth2")})
