"""What an operator's command selects deliveries by."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from owlpost.domain.command_model import MOST_LISTED, CommandModel

#: Deliveries that one redrive starts; more need another run, after a look at how the first ended.
MOST_REDRIVEN = 10_000


class Selection(CommandModel):
    """Conditions that deliveries must all meet; None is no condition. `since` and `until` bound the time of enqueueing."""

    channel: str | None = None
    type: str | None = None
    error: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    delivery_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_LISTED)] = ()
