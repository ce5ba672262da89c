"""The operator's commands that hurry deliveries, edit a dead letter, or look ahead at what a request would do."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from owlpost.domain.command_model import CommandModel
from owlpost.domain.selections import MOST_REDRIVEN, Selection

#: Characters of a message; SQS carries a megabyte.
LONGEST_BODY = 1_048_576


class HurryPending(Selection):
    """What waits for a retry goes now, `rate` a second. `error` is what the last attempt met."""

    command: Literal["hurry"]
    request_id: UUID | None = None
    dry_run: bool = False
    rate: Annotated[float, Field(gt=0, le=1_000)] = 50
    limit: Annotated[int, Field(ge=1, le=MOST_REDRIVEN)] = MOST_REDRIVEN


class EditDeadLetter(CommandModel):
    """Send a dead request again with another body; the old message goes once SQS has taken the new one."""

    command: Literal["edit_dead_letter"]
    queue: str
    id: str
    body: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_BODY)]
    dry_run: bool = False

    @property
    def act(self) -> Mapping[str, object] | None:
        """The body stays out of the audit trail: it may name people."""
        act = super().act
        return act and {name: value for name, value in act.items() if name != "body"}


class EstimateRequest(CommandModel):
    """Whom a request or a fact would reach, by channel and deciding rule. Nothing is written."""

    command: Literal["estimate"]
    request: dict[str, Any]
