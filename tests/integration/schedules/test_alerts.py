"""The operator's mail: sent directly, once, by the functions as the topology wires them; never in the way of the failure."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import alert, audit, cleanup, digest, sweep
from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.db.session import Database
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.refusals import Unavailable
from tests.support.wired import Context, Wired

OPERATOR = "operator@owlpost.example"
FUNCTIONS = {"sweep": sweep.handler, "digest": digest.handler, "cleanup": cleanup.handler, "audit": audit.handler}
each_schedule = pytest.mark.parametrize("name", FUNCTIONS)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with Providers(tmp_path_factory.mktemp("providers"), Options(resend_rate=None)) as providers:
        yield providers


@pytest.fixture
def settings(running: Providers) -> dict[str, str]:
    return {
        "RESEND_API_KEY": running.credentials.accounts.resend_api_key,
        "RESEND_BASE_URL": running.urls["resend"],
        "RESEND_CALLS_PER_SECOND": "1000",
        "EMAIL_FROM": "Owlpost <owl@owlpost.example>",
        "WEB_URL": "https://owlpost.example",
        "SYSTEM_JOBS_ALERT_EMAIL": f"{uuid4().hex}-{OPERATOR}",
    }


@pytest.fixture
def mails(running: Providers, settings: dict[str, str]) -> Any:
    """Reads what was mailed to this test's operator, oldest first."""
    to = settings["SYSTEM_JOBS_ALERT_EMAIL"]
    return lambda: [row for row in reversed(running.ledger.accepted()) if row["recipient"] == to]


def rows(database: Database) -> int:
    with database.transaction() as connection:
        number: int = connection.execute(
            text("select (select count(*) from notifications) + (select count(*) from notification_deliveries)")
        ).scalar_one()
        return number


def job(**changes: object) -> dict[str, object]:
    return {
        "job_type": "attachment_cleanup",
        "status": "failed",
        "ended_at": "2026-11-23T06:00:05Z",
        "run_id": str(uuid4()),
        "duration_ms": 1_200,
        "error": "<b>disk</b> full",
        **changes,
    }


def test_a_failed_job_is_mailed_once_and_leaves_no_rows(
    wired: Wired, settings: dict[str, str], mails: Any, database: Database
) -> None:
    wired.as_function("alert", **settings)
    failed = job()
    assert [alert.handler(failed, Context()) for _ in range(2)] == [{"alerted": True}] * 2
    (mail,) = mails()
    assert mail["subject"] == "❌ attachment_cleanup failed"
    assert "<b>disk</b> full" in mail["text"]
    assert "&lt;b&gt;disk&lt;/b&gt; full" in mail["html"]
    for part in (mail["text"], mail["html"]):
        assert "1.2s" in part
        assert "nsubscribe" not in part
        assert "settings" not in part.lower()
    assert "List-Unsubscribe" not in mail["headers"]
    assert rows(database) == 0


def test_a_job_that_ended_well_is_not_mailed(wired: Wired, settings: dict[str, str], mails: Any) -> None:
    wired.as_function("alert", **settings)
    assert alert.handler(job(status="completed", error=""), Context()) == {"alerted": False}
    assert mails() == []


def test_without_an_address_nothing_is_mailed(wired: Wired, settings: dict[str, str], running: Providers) -> None:
    wired.as_function("alert", **settings | {"SYSTEM_JOBS_ALERT_EMAIL": ""})
    before = len(running.ledger.accepted())
    assert alert.handler(job(), Context()) == {"alerted": True}
    assert len(running.ledger.accepted()) == before


def test_what_is_no_end_of_a_job_is_refused_by_the_field(wired: Wired) -> None:
    wired.as_function("alert")
    with pytest.raises(InvalidRequest) as refused:
        alert.handler(job(status="ok"), Context())
    assert refused.value.field == "status"


def test_a_mail_that_cannot_be_sent_is_for_the_caller_to_ask_for_again(
    wired: Wired, settings: dict[str, str], mails: Any, running: Providers
) -> None:
    wired.as_function("alert", **settings)
    failed = job()
    running.faults.add(Fault(provider="resend", fault="error_503", times=1))
    with pytest.raises(Unavailable):
        alert.handler(failed, Context())
    alert.handler(failed, Context())
    assert len(mails()) == 1


def break_database(wired: Wired, name: str, settings: dict[str, str]) -> None:
    wired.as_function(name, **settings)
    wired.monkeypatch.setenv("DATABASE_NAME", "not_there")


@each_schedule
def test_an_outage_of_a_scheduled_function_is_mailed_once_an_hour_and_still_raised(
    wired: Wired, settings: dict[str, str], mails: Any, name: str
) -> None:
    break_database(wired, name, settings)
    for _ in range(4):
        with pytest.raises(Exception, match="not_there"):
            FUNCTIONS[name]({}, Context())
    told = [mail["subject"] for mail in mails()]
    assert set(told) == {f"❌ {name} failed"}
    assert len(told) <= 2  # an hour may just end


@each_schedule
@pytest.mark.parametrize(
    "broken", [{"EMAIL_FROM": "nobody"}, {"RESEND_BASE_URL": "http://127.0.0.1:9"}], ids=["settings", "outage"]
)
def test_that_the_alert_fails_never_hides_the_failure(
    wired: Wired, settings: dict[str, str], name: str, broken: dict[str, str]
) -> None:
    break_database(wired, name, settings | broken)
    with pytest.raises(Exception, match="not_there"):
        FUNCTIONS[name]({}, Context())


@each_schedule
def test_what_runs_well_mails_nobody(wired: Wired, settings: dict[str, str], mails: Any, name: str) -> None:
    wired.as_function(name, **settings)
    FUNCTIONS[name]({}, Context())
    assert mails() == []
