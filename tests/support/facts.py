"""Facts for tests of producers: ordinary cases. A test gives the values that it is about by name."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from owlpost.producers.facts import App
from owlpost.producers.feedback import FeedbackSubmitted
from owlpost.producers.issue_scan import IssueScanFinished, ScannedIssue
from owlpost.producers.job_run import JobFinished
from owlpost.producers.questionnaire import ResponseSaved
from owlpost.producers.ratings_sync import RatingsSynced
from owlpost.producers.reviews_sync import Review, ReviewsSynced


def number(value: int) -> UUID:
    return UUID(int=value)


TEAM, PERSON, KEY_MAKER = number(1), number(2), number(3)
APP = App(id=number(10), name="Pocket Atlas", project_id=number(11), team_id=TEAM)
OF_NO_TEAM = APP.model_copy(update={"team_id": None})


def issue(value: int, **changes: Any) -> ScannedIssue:
    ordinary: dict[str, Any] = {
        "id": number(100 + value),
        "title": f"Crash {value}",
        "app_name": "Pocket Atlas",
        "project_name": "Atlas",
        "status": "new",
        "occurrence_count": 1,
        "team_id": TEAM,
    }
    return ScannedIssue(**{**ordinary, **changes})


def scan(*issues: ScannedIssue) -> IssueScanFinished:
    return IssueScanFinished(scan_id=number(20), issues=issues)


def feedback(**changes: Any) -> FeedbackSubmitted:
    return FeedbackSubmitted(**{"feedback_id": number(30), "app": APP, "message": "love it", **changes})


def response(*answers: dict[str, Any], **changes: Any) -> ResponseSaved:
    ordinary: dict[str, Any] = {
        "response_id": number(40),
        "questionnaire_id": number(41),
        "questionnaire_slug": "spring-survey",
        "questionnaire_name": "Spring survey",
        "app": APP,
        "answers": answers,
        "status": "submitted",
    }
    return ResponseSaved(**{**ordinary, **changes})


def job(**changes: Any) -> JobFinished:
    ordinary: dict[str, Any] = {
        "run_id": number(50),
        "job_type": "symbol_upload",
        "status": "completed",
        "notify": True,
        "team_id": TEAM,
        "started_by": PERSON,
        "duration_ms": 125_000,
    }
    return JobFinished(**{**ordinary, **changes})


def ratings(before: dict[str, int] | None, after: dict[str, int], **changes: Any) -> RatingsSynced:
    return RatingsSynced(**{"sync_id": number(60), "app": APP, "before": before, "after": after, **changes})


def review(value: int, **changes: Any) -> Review:
    ordinary: dict[str, Any] = {
        "id": number(200 + value),
        "rating": 4,
        "title": "Lovely maps",
        "text": "The search is quick.",
        "reviewed_at": datetime(2026, 3, 1, 12, value, tzinfo=UTC),
    }
    return Review(**{**ordinary, **changes})


def reviews(*found: Review, known_before: int = 7, **changes: Any) -> ReviewsSynced:
    return ReviewsSynced(
        **{"sync_id": number(70), "app": APP, "known_before": known_before, "reviews": found, **changes}
    )
