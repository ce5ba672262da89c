"""A code and a warning reach people by each sender, in the time that somebody waits; an address that has no mailbox is kept."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import text

from infra.local.providers.server import Options, Providers
from owlpost.channels.email import direct
from owlpost.db.session import Database
from owlpost.domain.direct_mails import DirectMailOutcome
from owlpost.sandbox import Sandbox
from owlpost.services.mail_records import MailRecords
from owlpost.services.people import warnings
from tests.support.api import ApiClient
from tests.support.ses_server import SECTION, amazon_ses, signed_in_at
from tests.support.signing_in import send
from tests.support.smtp_server import post_office
from tests.support.wired import Wired

#: The section of a sender, and whom it has mailed so far.
Running: TypeAlias = tuple[Mapping[str, str], Callable[[], list[str]]]
ADA = "ada@people.example"
KEY = "a-key-of-the-tests-that-is-long-enough-for-any-of-the-algorithms-to-take"


@contextmanager
def by_smtp(folder: Path, _: pytest.MonkeyPatch) -> Iterator[Running]:
    with post_office(folder) as office:
        yield office.settings(), office.mailed


@contextmanager
def by_ses(_: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with amazon_ses() as ses:
        signed_in_at(ses, monkeypatch)
        yield SECTION, lambda: [each["Destination"]["ToAddresses"][0] for each in ses.taken]


@contextmanager
def by_resend(folder: Path, _: pytest.MonkeyPatch) -> Iterator[Running]:
    with Providers(folder, Options(resend_rate=None)) as running:
        section = {
            "RESEND_API_KEY": running.credentials.accounts.resend_api_key,
            "RESEND_BASE_URL": running.urls["resend"],
            "EMAIL_FROM": "Owlpost <owl@owlpost.example>",
            "WEB_URL": "https://owlpost.example",
        }
        yield section, lambda: [each["recipient"] for each in running.ledger.accepted()]


def suppressed(database: Database) -> list[tuple[str, str, Mapping[str, str]]]:
    with database.transaction() as connection:
        found = connection.execute(text("select address, reason, detail from email_suppressions"))
        return [(row.address, row.reason, row.detail) for row in found]


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.10"])
def test_a_code_to_an_address_without_a_mailbox_suppresses_it_with_the_rights_of_the_api(
    tmp_path: Path, wired: Wired, database: Database, code: str
) -> None:
    with post_office(tmp_path) as office:
        office.replies["RCPT", "nobody@"] = f"550 {code} there is no such mailbox"
        wired.as_function("api", JWT_KEYS=KEY, **office.settings())
        assert send(ApiClient(), "Nobody@People.example").status == 400
        assert send(ApiClient(), ADA).status == 200
        wired.end()  # it keeps a connection
    assert suppressed(database) == [
        ("nobody@people.example", "bounced", {"diagnostic": f"550 {code} there is no such mailbox"})
    ]


@pytest.mark.parametrize("reply", ["550 5.7.1 not wanted here", "452 4.2.2 mailbox full", "550 5.2.1 disabled"])
def test_another_refusal_of_a_code_suppresses_nobody(
    tmp_path: Path, wired: Wired, database: Database, reply: str
) -> None:
    with post_office(tmp_path) as office:
        office.replies["RCPT", "nobody@"] = reply
        wired.as_function("api", JWT_KEYS=KEY, **office.settings())
        assert send(ApiClient(), "nobody@people.example").status in {400, 503}
        wired.end()
    assert suppressed(database) == []


def test_the_address_of_somebody_who_was_erased_is_kept_as_a_hash(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("insert into erased_addresses (address_hash, erased_at) values (owlpost_keyed_hash(:to), now())"),
            {"to": ADA},
        )
    bounced = DirectMailOutcome("team_invitation", ADA, "failed", "smtp_no_mailbox", bounced="550 5.1.1 no such user")
    MailRecords(database).keep(bounced)
    [(address, _, detail)] = suppressed(database)
    assert address.startswith("erased:")
    assert detail == {}


@pytest.mark.parametrize("patience", [None, warnings.PATIENCE], ids=["a code", "a warning"])
@pytest.mark.parametrize("sender", [by_smtp, by_ses, by_resend])
def test_each_sender_mails_within_the_time_that_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sender: Callable[..., object], patience: timedelta | None
) -> None:
    outcomes: list[DirectMailOutcome] = []
    with Sandbox(), sender(tmp_path, monkeypatch) as (section, mailed):  # type: ignore[attr-defined]
        with closing(direct.build(section, outcomes.append)) as mail:
            mail.send(ADA, "verification_code", {"code": "246813", "minutes": 10}, patience=patience)
        assert mailed() == [ADA]
    assert [each.status for each in outcomes] == ["sent"]
