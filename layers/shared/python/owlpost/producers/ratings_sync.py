"""A ratings sync ended and the worldwide count of an app grew → `app.rating_changed` to its team."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import wording
from owlpost.producers.facts import App, Count, Fact
from owlpost.producers.silence import FIRST_SYNC, OF_NO_TEAM, Silence
from owlpost.words import Words


class RatingsSynced(Fact):
    """Rating counts by storefront: the last known ones before this sync, and the ones it found.

    `before` is None for an app that was never synced. A storefront that is missing on one side is unknown, not 0: it counts as
    unchanged, so that its return after a day announces no old ratings.
    """

    sync_id: UUID
    app: App
    before: Mapping[str, Count] | None
    after: Mapping[str, Count]
    average_rating: Annotated[float, Field(ge=0, le=5)] | None = None

    @property
    def old_count(self) -> int:
        return _worldwide(self.before or {}, otherwise=self.after)

    @property
    def new_count(self) -> int:
        return _worldwide(self.after, otherwise=self.before or {})


def announce(sync: RatingsSynced) -> EnqueueRequest | Silence:
    """Return the request, or Silence for a first sync, a count that did not grow, or an app without a team."""
    if sync.before is None:
        return FIRST_SYNC
    delta = sync.new_count - sync.old_count
    if delta <= 0:
        return Silence("the count did not grow")
    if sync.app.team_id is None:
        return OF_NO_TEAM
    said = wording.told(
        lambda words: (
            wording.title(words.counted("ratings.title", delta, app="{}"), sync.app.name),
            _body(sync, words),
        )
    )
    return EnqueueRequest(
        type="app.rating_changed",
        recipients=ByTeam(team_id=sync.app.team_id),
        title=said.title,
        body=said.body,
        translations=said.translations,
        link=f"/dashboard/projects/{sync.app.project_id}",
        data={
            **sync.app.data,
            "old_count": sync.old_count,
            "new_count": sync.new_count,
            "delta": delta,
            "average_rating": sync.average_rating,
        },
        idempotency_key=f"app.rating_changed:{sync.app.id}:{sync.sync_id}",
    )


def _worldwide(counts: Mapping[str, int], *, otherwise: Mapping[str, int]) -> int:
    return sum({**otherwise, **counts}.values())


def _body(sync: RatingsSynced, words: Words) -> str:
    if sync.average_rating is None:
        return words.counted("ratings.now", sync.new_count)
    return words.counted("ratings.average", sync.new_count, average=words.decimal(sync.average_rating, 2))
