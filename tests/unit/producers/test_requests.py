"""Whatever happened, a producer's request is one that enqueue takes."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.requests import EnqueueRequest
from owlpost.producers import (
    feedback,
    issue_digest,
    issue_scan,
    job_run,
    questionnaire,
    ratings_sync,
    reviews_sync,
)
from owlpost.producers.facts import App
from owlpost.producers.issue_digest import DigestDue, OpenIssue
from owlpost.producers.issue_scan import IssueScanFinished, ScannedIssue
from owlpost.producers.silence import Silence
from tests.support.facts import TEAM, number

#: Short ones of any character, lone surrogates and NUL among them, and the longest and widest there are.
TEXT = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["", " ", "\0", '"' * 9_000, "👩🏽\u200d🚀" * 3_000, "é" * 201]
)
TEAMS = st.sampled_from([None, TEAM, number(9)])
COUNTS = st.integers(0, 10**9)
APPS = st.builds(App, id=st.uuids(), name=TEXT, project_id=st.uuids(), team_id=TEAMS)
ISSUE = {"title": TEXT, "app_name": TEXT, "occurrence_count": COUNTS}
SCANNED = st.builds(
    ScannedIssue,
    **ISSUE,
    id=st.uuids(),
    project_name=TEXT,
    team_id=TEAMS,
    status=st.sampled_from(["new", "regressed", "reopened"]),
    is_dev=st.booleans(),
)
OPEN = st.builds(OpenIssue, **ISSUE, status=st.sampled_from(["new", "regressed"]), unique_user_count=COUNTS)
ANSWERS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["nps", "rating"]), "question": TEXT, "answer": st.none() | st.floats(0, 10)}
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["single_choice", "multiple_choice"]), "question": TEXT, "labels": st.lists(TEXT)}
    ),
    st.fixed_dictionaries({"type": st.just("text"), "question": TEXT, "answer": st.none() | TEXT}),
)
RESULTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(),
    lambda below: st.lists(below) | st.dictionaries(TEXT | st.integers(), below),
)
REVIEWS = st.builds(
    reviews_sync.Review,
    id=st.uuids(),
    rating=st.integers(1, 5),
    title=TEXT,
    text=TEXT,
    reviewed_at=st.datetimes(timezones=st.timezones()),
)
STOREFRONTS = st.dictionaries(st.sampled_from(["us", "de", "jp"]), COUNTS)


HAPPENINGS: dict[Callable[[Any], EnqueueRequest | Silence], st.SearchStrategy[Any]] = {
    issue_digest.announce: st.builds(
        DigestDue,
        project_id=st.uuids(),
        project_name=TEXT,
        team_id=TEAMS,
        slot=COUNTS,
        issue_count=COUNTS,
        issues=st.lists(OPEN).map(tuple),
    ),
    feedback.announce: st.builds(
        feedback.FeedbackSubmitted, feedback_id=st.uuids(), app=APPS, message=TEXT, name=TEXT, email=TEXT
    ),
    questionnaire.announce: st.builds(
        questionnaire.ResponseSaved,
        response_id=st.uuids(),
        questionnaire_id=st.uuids(),
        questionnaire_slug=TEXT,
        questionnaire_name=TEXT,
        app=APPS,
        answers=st.lists(ANSWERS).map(tuple),
        status=st.sampled_from(["draft", "submitted"]),
    ),
    job_run.announce: st.builds(
        job_run.JobFinished,
        run_id=st.uuids(),
        job_type=TEXT,
        label=TEXT,
        status=st.sampled_from(["completed", "failed", "cancelled"]),
        notify=st.booleans(),
        team_id=TEAMS,
        started_by=st.none() | st.uuids(),
        api_key_made_by=st.none() | st.uuids(),
        duration_ms=st.none() | COUNTS,
        error=TEXT,
        result=RESULTS,
    ),
    ratings_sync.announce: st.builds(
        ratings_sync.RatingsSynced,
        sync_id=st.uuids(),
        app=APPS,
        before=st.none() | STOREFRONTS,
        after=STOREFRONTS,
        average_rating=st.none() | st.floats(0, 5),
    ),
    reviews_sync.announce: st.builds(
        reviews_sync.ReviewsSynced,
        sync_id=st.uuids(),
        app=APPS,
        known_before=COUNTS,
        reviews=st.lists(REVIEWS).map(tuple),
    ),
}


def taken(request: EnqueueRequest | Silence) -> None:
    if request:
        body = request.model_dump(mode="json", exclude_none=True)
        assert EnqueueRequest.from_json(body).idempotency_key


@pytest.mark.parametrize("announce", HAPPENINGS, ids=lambda announce: announce.__module__)
@given(data=st.data())
def test_anything_that_happened_makes_a_request_that_is_taken_or_silence(
    announce: Callable[[Any], EnqueueRequest | Silence], data: st.DataObject
) -> None:
    taken(announce(data.draw(HAPPENINGS[announce])))


@given(st.builds(IssueScanFinished, scan_id=st.uuids(), issues=st.lists(SCANNED).map(tuple)))
def test_any_scan_makes_requests_that_are_taken(scan: IssueScanFinished) -> None:
    for request in issue_scan.announce(scan):
        taken(request)


@pytest.mark.parametrize("text", ["👩🏽\u200d🚀" * 100, '"' * 300, "\\" * 300, "\u0300" * 300])
def test_hundreds_of_the_widest_titles_there_are_still_fit(text: str) -> None:
    names: dict[str, Any] = {"title": text, "app_name": text, "occurrence_count": 10**9}
    new = ScannedIssue(**names, id=number(0), project_name=text, team_id=TEAM, status="new")
    both = [
        new.model_copy(update={"id": number(each), "status": status})
        for each, status in enumerate(["new", "regressed"] * 100)
    ]
    [request] = issue_scan.announce(IssueScanFinished(scan_id=number(1), issues=tuple(both)))
    taken(request)
    opened = (OpenIssue(**names, status="new", unique_user_count=1),) * 50
    taken(
        issue_digest.announce(
            DigestDue(project_id=number(1), project_name=text, team_id=TEAM, slot=0, issue_count=900, issues=opened)
        )
    )
