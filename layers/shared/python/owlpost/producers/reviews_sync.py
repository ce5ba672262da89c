"""A reviews sync ended and found new reviews → `app.review_new` to the team of the app."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import wording
from owlpost.producers.facts import App, Count, Fact, Line
from owlpost.producers.silence import FIRST_SYNC, OF_NO_TEAM, Silence
from owlpost.words import Words

LONGEST_SNIPPET = 140
STARS = 5


class Review(Fact):
    id: UUID
    rating: Annotated[int, Field(ge=1, le=STARS)]
    title: Line = ""
    text: Line = ""
    reviewed_at: AwareDatetime


class ReviewsSynced(Fact):
    """All reviews not yet announced, also those of an earlier sync that was aborted.

    `known_before` counts the app's other reviews. At 0 this is the first sync, and its reviews are not news.
    """

    sync_id: UUID
    app: App
    known_before: Count
    reviews: tuple[Review, ...]


def announce(sync: ReviewsSynced) -> EnqueueRequest | Silence:
    """Return the request, or Silence for an app without earlier reviews, without new ones, or without a team."""
    if not sync.known_before:
        return FIRST_SYNC
    if not sync.reviews:
        return Silence("no new reviews")
    if sync.app.team_id is None:
        return OF_NO_TEAM
    count = len({review.id for review in sync.reviews})
    latest = _latest(sync.reviews)
    said = wording.told(lambda words: _say(sync, count, latest, words))
    return EnqueueRequest(
        type="app.review_new",
        recipients=ByTeam(team_id=sync.app.team_id),
        title=said.title,
        body=said.body,
        translations=said.translations,
        link=f"/dashboard/reviews?app_id={sync.app.id}",
        data={
            **sync.app.data,
            "count": count,
            "latest_review_id": str(latest.id),
            "latest_rating": latest.rating,
            "latest_title": wording.cut(latest.title, wording.LONGEST_TITLE) or None,
        },
        idempotency_key=f"app.review_new:{sync.app.id}:{sync.sync_id}",
    )


def _say(sync: ReviewsSynced, count: int, latest: Review, words: Words) -> tuple[str, str]:
    stars = words("reviews.latest", stars=_stars(latest.rating))
    return (
        wording.title(words.counted("reviews.title", count, app="{}"), sync.app.name),
        " — ".join(filter(None, (stars, _snippet(latest)))),
    )


def _latest(reviews: Sequence[Review]) -> Review:
    """Return the newest review; for equal times the id decides, so that a repeated run returns the same one."""
    return max(reviews, key=_written)


def _written(review: Review) -> tuple[datetime, UUID]:
    return review.reviewed_at, review.id


def _stars(rating: int) -> str:
    return "★" * rating + "☆" * (STARS - rating)


def _snippet(review: Review) -> str:
    return wording.cut(review.text or review.title, LONGEST_SNIPPET)
