"""When a system's job is worth a mail to the operator, and what the mail says."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from owlpost.producers.silence import Silence
from owlpost.producers.system_job import Alert, SystemJobEnded, announce

RUN = UUID("0190a6f0-0000-7000-8000-000000000001")
ENDED = datetime(2026, 11, 23, 6, 0, 5, tzinfo=UTC)


def job(**changes: object) -> SystemJobEnded:
    facts = {"job_type": "db_pruning", "status": "failed", "ended_at": ENDED, "run_id": RUN, **changes}
    return SystemJobEnded.model_validate(facts)


def alert(**changes: object) -> Alert:
    told = announce(job(**changes))
    assert told
    return told


def test_a_job_that_ended_well_is_not_worth_a_mail() -> None:
    assert announce(job(status="completed")) == Silence("the job ended well")


def test_the_alert_says_which_job_how_it_ended_and_why() -> None:
    assert alert(duration_ms=125_000, error="disk full").values == {
        "title": "❌ db_pruning failed",
        "view": {
            "status": "failed",
            "facts": [
                ("Job", "db_pruning"),
                ("Status", "Failed"),
                ("Ended", "2026-11-23 06:00:05 UTC"),
                ("Duration", "2m 5s"),
                ("Run", str(RUN)),
            ],
            "error": "disk full",
        },
    }


def test_a_cancelled_job_is_told_too_and_what_is_not_known_is_left_out() -> None:
    values = alert(status="cancelled", run_id=None).values
    assert values["title"] == "🚫 db_pruning cancelled"
    assert [label for label, _ in values["view"]["facts"]] == ["Job", "Status", "Ended"]


def test_a_run_is_one_mail_and_so_is_an_hour_of_runs_without_an_id() -> None:
    assert alert(error="one").key == alert(error="another").key == f"alert:db_pruning:{RUN}"
    later = ENDED.replace(minute=59)
    assert alert(run_id=None).key == alert(run_id=None, ended_at=later).key == "alert:db_pruning:2026-11-23T06"
    assert alert(run_id=None, ended_at=ENDED.replace(hour=7)).key == "alert:db_pruning:2026-11-23T07"


@pytest.mark.parametrize("error", ["", "x" * 100_000, "\x00 \ud800", "<script>"])
def test_no_error_is_too_odd_to_be_told(error: str) -> None:
    assert len(alert(error=error).values["view"]["error"]) <= 2_000


def test_the_key_of_an_alert_is_fit_for_a_header_whatever_the_job_is_called() -> None:
    names = ["Aufräumen", "Aufräumer", "two words", "x" * 255, "😀", "a:b", "nightly"]
    keys = {alert(job_type=name).key for name in names}
    assert len(keys) == len(names)
    assert all(key.isascii() and key.isprintable() and " " not in key and len(key) <= 256 for key in keys)
