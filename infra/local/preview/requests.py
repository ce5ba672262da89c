"""Builds a request of each type: a state's texts go through the real producers, as in a job."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from infra.local.preview.states import State, Words
from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.producers import (
    feedback,
    issue_digest,
    issue_scan,
    job_run,
    questionnaire,
    ratings_sync,
    reviews_sync,
    wording,
)
from owlpost.producers.facts import App
from owlpost.producers.feedback import FeedbackSubmitted
from owlpost.producers.issue_digest import DigestDue, OpenIssue
from owlpost.producers.issue_scan import IssueScanFinished, ScannedIssue
from owlpost.producers.job_run import JobFinished
from owlpost.producers.questionnaire import ResponseSaved
from owlpost.producers.ratings_sync import RatingsSynced
from owlpost.producers.reviews_sync import Review, ReviewsSynced
from owlpost.producers.silence import Silence

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def number(value: int) -> UUID:
    """Return an id that is the same in each run, so that two previews differ only in their texts."""
    return UUID(f"01940000-0000-7000-8000-{value:012x}")


TEAM, PROJECT, PERSON, RUN = number(0xA1), number(0xB1), number(1), number(0xF1)


def request_of(type_: str, state: State) -> EnqueueRequest:
    """Return the request with the state's texts. A type without a producer here is shown by its label."""
    written = WRITERS[type_](state.words) if type_ in WRITERS else _plain(type_, state.words)
    if not written:
        raise ValueError(f"{type_} is silent in the state {state.key}: a preview needs something to show")
    if state.bare:
        return written.model_copy(update={"body": None, "link": None, "data": None})
    return written


def _app(words: Words) -> App:
    return App(id=number(0xC1), name=words.app, project_id=PROJECT, team_id=TEAM)


def _status(place: int, words: Words) -> str:
    return "regressed" if place and place >= len(words.reports) // 2 + 1 else "new"


def _issue_scan(words: Words) -> EnqueueRequest:
    found = tuple(
        ScannedIssue.model_validate(
            {
                "id": number(0xD00 + place),
                "title": title,
                "app_name": words.app,
                "project_name": words.project,
                "status": _status(place, words),
                "occurrence_count": words.occurrences // (place + 1),
                "team_id": TEAM,
            }
        )
        for place, title in enumerate(words.reports)
    )
    [request] = issue_scan.announce(IssueScanFinished(scan_id=RUN, issues=found))
    return request


def _issue_digest(words: Words) -> EnqueueRequest | Silence:
    issues = tuple(
        OpenIssue.model_validate(
            {
                "title": title,
                "app_name": words.app,
                "status": _status(place, words),
                "occurrence_count": words.occurrences // (place + 1),
                "unique_user_count": words.occurrences // (2 * place + 2),
            }
        )
        for place, title in enumerate(words.reports)
    )
    return issue_digest.announce(
        DigestDue(
            project_id=PROJECT,
            project_name=words.project,
            team_id=TEAM,
            slot=0,
            issue_count=len(issues),
            issues=issues[:50],
        )
    )


def _feedback(words: Words) -> EnqueueRequest | Silence:
    return feedback.announce(
        FeedbackSubmitted(feedback_id=number(0xE1), app=_app(words), message=words.message, name=words.person)
    )


def _response(words: Words) -> EnqueueRequest | Silence:
    answers = ({"type": "text", "question": words.question, "answer": words.answer},)
    return questionnaire.announce(
        ResponseSaved.model_validate(
            {
                "response_id": number(0xE3),
                "questionnaire_id": number(0xE2),
                "questionnaire_slug": "spring-survey",
                "questionnaire_name": f"Spring survey, {words.team}",
                "app": _app(words),
                "answers": answers,
                "status": "submitted",
            }
        )
    )


def _job(words: Words) -> EnqueueRequest | Silence:
    return job_run.announce(
        JobFinished(
            run_id=RUN,
            job_type="symbol_upload",
            label=words.job,
            status=words.ended,
            notify=True,
            team_id=TEAM,
            started_by=PERSON,
            duration_ms=words.milliseconds,
            error=words.error,
        )
    )


def _ratings(words: Words) -> EnqueueRequest | Silence:
    return ratings_sync.announce(
        RatingsSynced(
            sync_id=RUN,
            app=_app(words),
            before={"us": words.occurrences},
            after={"us": words.occurrences + 5},
            average_rating=words.average,
        )
    )


def _reviews(words: Words) -> EnqueueRequest | Silence:
    review = Review(id=number(0xE4), rating=4, title=words.answer, text=words.message, reviewed_at=NOON)
    return reviews_sync.announce(ReviewsSynced(sync_id=RUN, app=_app(words), known_before=7, reviews=(review,)))


def _plain(type_: str, words: Words) -> EnqueueRequest:
    return EnqueueRequest(
        type=type_,
        recipients=ByTeam(team_id=TEAM),
        title=wording.title(f"{NOTIFICATION_TYPE_META[type_].label}: {{}}", wording.name(words.app)),
        body=wording.prose(words.message) or None,
        link="/dashboard",
    )


WRITERS: dict[str, Callable[[Words], EnqueueRequest | Silence]] = {
    "issue.new": _issue_scan,
    "issue.digest": _issue_digest,
    "feedback.new": _feedback,
    "questionnaire.response_new": _response,
    "job.completed": _job,
    "app.rating_changed": _ratings,
    "app.review_new": _reviews,
}
