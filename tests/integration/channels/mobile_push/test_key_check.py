"""Whether Apple and Google take our keys: asked by pushes for nobody, of which nobody hears."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.providers.credentials import Credentials
from infra.local.providers.server import Options, Providers
from owlpost.domain.findings import Finding
from tests.support.catalogue_check import honest_providers
from tests.support.push_stage import Misbehave, in_seconds, opened, section

if TYPE_CHECKING:
    from infra.local.providers.exchange import Request


def findings(variables: dict[str, str], *, seconds: float = 10) -> dict[str, Finding]:
    with opened(variables) as channel:
        found = {each.subject: each for each in channel.check_keys(deadline=in_seconds(seconds))}
    assert all(each.remedy for each in found.values() if each.level != "good")
    return found


def levels(variables: dict[str, str], *, seconds: float = 10) -> dict[str, str]:
    return {subject: each.level for subject, each in findings(variables, seconds=seconds).items()}


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    """Keys of somebody else, as well made as ours."""
    return Credentials(tmp_path_factory.mktemp("strangers"))


def test_right_keys_are_taken_and_nobody_hears_of_it(providers: Providers) -> None:
    before = providers.ledger.counts()
    assert levels(section(providers)) == {"APNs": "good", "FCM": "good"}
    assert providers.ledger.counts() == before


def test_google_is_asked_to_validate_and_not_to_send(tmp_path: Path) -> None:
    asked: list[Request] = []
    options = Options(resend_rate=None, observe=lambda _name, request, _answer: asked.append(request))
    with honest_providers(tmp_path, options) as providers:
        findings(section(providers))
    [message] = [json.loads(each.body) for each in asked if each.path.endswith("messages:send")]
    assert message["validate_only"] is True


def test_a_key_of_somebody_else_is_refused(providers: Providers, strangers: Credentials) -> None:
    found = findings({**section(providers), "APNS_KEY_P8": strangers.accounts.apns_key})
    assert (found["APNs"].level, found["FCM"].level) == ("wrong", "good")
    assert "InvalidProviderToken" in found["APNs"].said
    assert "APNS_TEAM_ID" in found["APNs"].remedy


def service_account(providers: Providers, **changes: str) -> dict[str, str]:
    ours = json.loads(providers.credentials.service_account_path.read_text())
    return {**section(providers), "FCM_SERVICE_ACCOUNT": json.dumps({**ours, **changes})}


def test_a_service_account_of_somebody_else_gets_no_token(providers: Providers, strangers: Credentials) -> None:
    found = findings(service_account(providers, private_key=strangers.accounts.fcm_key))
    assert (found["APNs"].level, found["FCM"].level) == ("good", "wrong")
    assert "no access token" in found["FCM"].said


def test_a_service_account_without_a_right_in_its_project_is_refused(providers: Providers) -> None:
    found = findings(service_account(providers, project_id="another"))
    assert found["FCM"].level == "wrong"
    assert "role" in found["FCM"].remedy


@pytest.mark.parametrize(
    ("provider", "fault", "answer", "subject"),
    [
        ("apns", "answer", "TopicDisallowed", "APNs"),
        ("apns", "wrong_environment", "", "APNs"),
        ("apns", "expired_provider_token", "", "APNs"),
        ("fcm", "refused_key", "", "FCM"),
        ("fcm", "expired_provider_token", "", "FCM"),
    ],
)
def test_what_a_provider_says_of_our_account_is_a_fault(
    providers: Providers, misbehave: Misbehave, provider: str, fault: str, answer: str, subject: str
) -> None:
    misbehave(provider, fault, answer=answer)
    found = levels(section(providers))
    assert {name for name, level in found.items() if level == "wrong"} == {subject}


def test_a_goodbye_because_of_our_key_is_a_fault(providers: Providers, misbehave: Misbehave) -> None:
    misbehave("apns", "goaway", text='{"reason":"BadCertificateEnvironment"}')
    assert levels(section(providers))["APNs"] == "wrong"


@pytest.mark.parametrize(
    ("provider", "fault", "subject"),
    [
        ("apns", "error_503", "APNs"),
        ("apns", "reset", "APNs"),
        ("apns", "rate_limit", "APNs"),
        ("fcm", "error_500", "FCM"),
        ("fcm", "down", "FCM"),
        ("fcm_token", "error_503", "FCM"),
    ],
)
def test_a_provider_that_is_away_says_nothing_about_the_key(
    providers: Providers, misbehave: Misbehave, provider: str, fault: str, subject: str
) -> None:
    misbehave(provider, fault)
    found = levels(section(providers))
    assert {name for name, level in found.items() if level == "unknown"} == {subject}


def test_a_provider_that_never_answers_does_not_hold_up_the_check(providers: Providers, misbehave: Misbehave) -> None:
    misbehave("apns", "timeout_after")
    assert levels(section(providers), seconds=2)["APNs"] == "unknown"


def test_a_platform_without_a_key_is_named_and_is_no_fault(providers: Providers) -> None:
    ours = {name: value for name, value in section(providers).items() if not name.startswith("FCM_")}
    assert levels(ours) == {"APNs": "good", "FCM": "note"}
    assert levels({}) == {"APNs": "note", "FCM": "note"}
