"""Acts on several notifications, and what undoes them."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from functions.api.schemas.common import IdText, RequestBody, ResponseBody
from owlpost.domain.acts import LONGEST_SNOOZE, MOST_ROWS, SHORTEST_SNOOZE, Verb

#: Bodies are strict, and JSON has only strings for a time.
TimeText = Annotated[AwareDatetime, Field(strict=False)]


class Act(RequestBody):
    act: Verb
    #: Ids that are not the caller's, or that the act cannot change, are left out of the answer.
    ids: list[IdText] = Field(min_length=1, max_length=MOST_ROWS)
    #: When a snooze ends, or in how many seconds by the server's clock.
    until: TimeText | None = None
    seconds: int | None = Field(None, ge=int(SHORTEST_SNOOZE.total_seconds()), le=int(LONGEST_SNOOZE.total_seconds()))


class Acted(ResponseBody):
    #: What the act changed.
    ids: list[UUID]
    unread_count: int
    #: Send it to `undo` within a day; null if nothing changed.
    undo: str | None


class Undo(RequestBody):
    undo: str


class Undone(ResponseBody):
    #: What is again as it was. What was changed again since is not among them.
    ids: list[UUID]
    unread_count: int
