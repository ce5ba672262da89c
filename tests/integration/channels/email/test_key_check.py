"""Whether the sender of mail takes our key: asked by calls after which nobody has mail."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Providers
from infra.local.providers.ses_catalogue import SesRefusal
from owlpost.channels.email.channel import build
from owlpost.channels.provider_answer import Meaning
from owlpost.domain.findings import Finding
from owlpost.sandbox import Sandbox
from tests.support.catalogue_check import honest_providers
from tests.support.ses_server import SECTION as SES
from tests.support.ses_server import Ses, amazon_ses, signed_in_at
from tests.support.smtp_server import PostOffice, post_office

MAIL = {"EMAIL_FROM": "Owls <owl@owlpost.example>", "WEB_URL": "https://owl.example.com"}


def findings(section: Mapping[str, str]) -> dict[str, Finding]:
    with Sandbox():
        found = build(section).check_keys(deadline=datetime.now(UTC) + timedelta(seconds=10))
    return {each.subject: each for each in found}


def levels(section: Mapping[str, str]) -> dict[str, str]:
    found = findings(section)
    assert all(each.remedy for each in found.values() if each.level != "good")
    return {subject: each.level for subject, each in found.items()}


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with honest_providers(tmp_path_factory.mktemp("providers")) as running:
        yield running


@pytest.fixture
def resend(providers: Providers) -> Iterator[dict[str, str]]:
    key = providers.credentials.accounts.resend_api_key
    yield {**MAIL, "RESEND_BASE_URL": providers.urls["resend"], "RESEND_API_KEY": key}
    providers.faults.clear()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    with post_office(tmp_path) as running:
        yield running


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ses]:
    with amazon_ses() as running:
        signed_in_at(running, monkeypatch)
        yield running


def test_resend_takes_a_right_key_and_nobody_has_mail(providers: Providers, resend: dict[str, str]) -> None:
    assert levels(resend) == {"Resend": "good", "sender": "good"}
    assert providers.ledger.counts()["email"] == 0


def test_resend_refuses_a_wrong_key(resend: dict[str, str]) -> None:
    found = findings({**resend, "RESEND_API_KEY": "re_another"})
    assert found["Resend"].level == "wrong"
    assert "secret" in found["Resend"].remedy


def test_a_sender_that_resend_has_not_verified_is_found(resend: dict[str, str]) -> None:
    found = findings({**resend, "EMAIL_FROM": "owl@elsewhere.example"})
    assert (found["Resend"].level, found["sender"].level) == ("good", "wrong")
    assert "elsewhere.example is not added" in found["sender"].said


@pytest.mark.parametrize("fault", ["error_503", "reset", "rate_limit"])
def test_resend_that_is_away_says_nothing_about_the_key(
    providers: Providers, resend: dict[str, str], fault: str
) -> None:
    providers.faults.add(Fault(provider="resend", fault=fault))
    assert levels(resend) == {"Resend": "unknown"}


def test_a_key_that_may_only_send_is_no_fault(providers: Providers, resend: dict[str, str]) -> None:
    providers.faults.add(Fault(provider="resend", fault="answer", answer="restricted_api_key"))
    assert levels(resend) == {"Resend": "unknown"}


def test_the_mail_server_lets_us_in_and_nobody_has_mail(office: PostOffice) -> None:
    assert levels(office.settings()) == {"SMTP": "good"}
    assert (office.connections, office.taken) == (1, [])


@pytest.mark.parametrize(
    ("changes", "level", "remedy"),
    [
        ({"SMTP_PASSWORD": "another"}, "wrong", "SMTP_PASSWORD"),
        ({"SMTP_CA_FILE": ""}, "wrong", "certificate"),
        ({"SMTP_PORT": "1"}, "unknown", "SMTP_PORT"),
    ],
)
def test_a_mail_server_that_does_not_let_us_in_is_found(
    office: PostOffice, changes: dict[str, str], level: str, remedy: str
) -> None:
    found = findings(office.settings(**changes))
    assert found["SMTP"].level == level
    assert remedy in found["SMTP"].remedy


def test_amazon_lets_us_send_and_nobody_has_mail(ses: Ses) -> None:
    assert levels(SES) == {"SES": "good", "SES sandbox": "good", "sender": "good"}
    assert ses.taken == []


def in_sandbox(ses: Ses) -> None:
    ses.account["ProductionAccessEnabled"] = False


def paused(ses: Ses) -> None:
    ses.account |= {"SendingEnabled": False, "EnforcementStatus": "SHUTDOWN"}


def unverified(ses: Ses) -> None:
    ses.identities = {"owls.example": {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"}}


def unknown_to_it(ses: Ses) -> None:
    ses.identities = {}


@pytest.mark.parametrize(
    ("broken", "subject", "said"),
    [
        (in_sandbox, "SES sandbox", "only verified people"),
        (paused, "SES", "SHUTDOWN"),
        (unverified, "sender", "owls.example is PENDING"),
        (unknown_to_it, "sender", "owls.example is not added"),
    ],
)
def test_what_keeps_amazon_from_sending_is_found(
    ses: Ses, broken: Callable[[Ses], None], subject: str, said: str
) -> None:
    broken(ses)
    found = findings(SES)
    assert {name for name, each in found.items() if each.level == "wrong"} == {subject}
    assert said in found[subject].said
    assert found[subject].remedy


def test_an_address_that_is_verified_does_without_its_domain(ses: Ses) -> None:
    ses.identities = {"owl@owls.example": {"VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"}}
    assert levels(SES)["sender"] == "good"


@pytest.mark.parametrize(
    ("status", "code", "level"),
    [
        (403, "AccessDeniedException", "wrong"),
        (429, "TooManyRequestsException", "unknown"),
        (500, "InternalServiceErrorException", "unknown"),
    ],
)
def test_a_right_that_is_missing_is_told_from_an_amazon_that_is_away(
    ses: Ses, status: int, code: str, level: str
) -> None:
    ses.refusals["/v2/email/account"] = SesRefusal(status, code, "", Meaning.OPERATOR, "botocore's model of sesv2")
    assert levels(SES) == {"SES": level}


def test_an_amazon_that_cannot_be_reached_says_nothing(ses: Ses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:1")
    assert levels(SES) == {"SES": "unknown"}
    assert ses.taken == []


def test_mail_that_is_only_logged_is_a_fault_unless_somebody_wanted_it() -> None:
    assert levels(MAIL) == {"mail": "wrong"}
    assert levels({**MAIL, "MAIL_SENDER": "console"}) == {"mail": "good"}
