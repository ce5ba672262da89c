from typing import Any

import pytest

from owlpost.domain.requests import ByIds, EnqueueRequest
from owlpost.producers.job_run import announce
from owlpost.producers.silence import Silence
from tests.support.facts import KEY_MAKER, PERSON, TEAM, job, number


def told(**changes: Any) -> EnqueueRequest:
    request = announce(job(**changes))
    assert request
    return request


def data(**changes: Any) -> dict[str, object]:
    return told(**changes).data or {}


def test_who_started_a_job_is_told_that_it_has_finished() -> None:
    request = told(result={"symbols": 1841})
    assert request.type == "job.completed"
    assert request.recipients == ByIds(user_ids=(PERSON,))
    assert request.team_id == TEAM
    assert request.title == "✅ Symbol upload completed"
    assert request.body == "Finished in 2m 5s"
    assert request.link == "/dashboard/jobs"
    assert request.data == {
        "job_type": "symbol_upload",
        "status": "completed",
        "duration": "2m 5s",
        "error": None,
        "result": {"symbols": 1841},
    }
    assert request.idempotency_key == f"job.completed:{number(50)}"


@pytest.mark.parametrize(
    ("changes", "title", "body"),
    [
        ({"status": "failed", "error": "disk full"}, "❌ Symbol upload failed", "Failed after 2m 5s: disk full"),
        ({"status": "failed"}, "❌ Symbol upload failed", "Failed after 2m 5s"),
        ({"status": "failed", "error": "lost", "duration_ms": None}, "❌ Symbol upload failed", "Failed: lost"),
        ({"status": "cancelled"}, "🚫 Symbol upload cancelled", "Cancelled after 2m 5s"),
        ({"status": "cancelled", "duration_ms": None}, "🚫 Symbol upload cancelled", "Cancelled"),
        ({"duration_ms": None}, "✅ Symbol upload completed", "Finished"),
        ({"label": "Upload of symbols"}, "✅ Upload of symbols completed", "Finished in 2m 5s"),
    ],
)
def test_each_ending_has_its_words(changes: dict[str, Any], title: str, body: str) -> None:
    request = told(**changes)
    assert (request.title, request.body) == (title, body)


def test_a_job_started_by_an_api_key_tells_who_made_the_key() -> None:
    request = told(started_by=None, api_key_made_by=KEY_MAKER)
    assert request.recipients == ByIds(user_ids=(KEY_MAKER,))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"notify": False}, "notify is off"),
        ({"started_by": None}, "no person started the job"),
        ({"team_id": None}, "it belongs to no team"),
    ],
)
def test_runs_without_notify_on_schedule_or_of_the_system_are_silent(changes: dict[str, Any], reason: str) -> None:
    assert announce(job(**changes)) == Silence(reason)


def test_a_long_error_is_cut_shorter_in_the_body_than_in_data() -> None:
    request = told(status="failed", error="x" * 9_000)
    assert request.body == f"Failed after 2m 5s: {'x' * 199}…"
    assert (request.data or {})["error"] == "x" * 1_999 + "…"


@pytest.mark.parametrize("result", [{"rows": ["x" * 100] * 1_000}, "x" * 10_000_000])
def test_a_large_result_is_left_out_with_a_note(result: object) -> None:
    assert "left out" in str(data(result=result)["result"])


def nested(depth: int) -> object:
    value: object = None
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "result",
    [object(), float("nan"), {"text": "\0"}, "\ud800", {1, 2}, nested(100_000), nested(63), 10**5_000],
    ids=lambda _: "result",
)
def test_a_result_that_cannot_be_stored_is_left_out_with_a_note(result: object) -> None:
    assert data(result=result)["result"] == {"note": "The result was left out: it cannot be stored as JSON."}


@pytest.mark.parametrize("result", [None, 0, False, "done", [1, 2.5, None], {"a": {"b": []}}, nested(62)])
def test_any_other_result_is_kept_as_it_is(result: object) -> None:
    request = told(result=result)
    assert (request.data or {})["result"] == result
    EnqueueRequest.from_json(request.model_dump(mode="json", exclude_none=True))
