"""The journal of operators: who did what, with what arguments, and what came of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from owlpost.domain.command_model import MOST_LISTED, CommandModel
from owlpost.domain.value import dataclass


class ListActs(CommandModel):
    """The operators' acts since then, newest first."""

    command: Literal["journal"]
    since: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. `result` holds its counts; it and `error` are None while the act goes on, and if its function died."""

    id: UUID
    at: datetime
    who: str | None
    command: str
    arguments: dict[str, Any]
    ended_at: datetime | None
    result: dict[str, Any] | None
    error: str | None


def counts_of(result: Mapping[str, object]) -> dict[str, object]:
    """Return what of a command's answer goes into the journal: numbers, switches and counts by name, and the id of a hold.

    Texts stay out: they may hold an address or what a producer wrote.
    """
    kept: dict[str, object] = {}
    for name, value in result.items():
        if isinstance(value, bool | int | float):
            kept[name] = value
        elif isinstance(value, Mapping) and all(isinstance(each, int) for each in value.values()):
            kept[name] = dict(value)
        elif isinstance(value, Mapping) and "id" in value:
            kept[name] = value["id"]
    return kept
