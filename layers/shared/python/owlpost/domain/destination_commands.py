"""The operator's commands about destinations."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from owlpost.domain.command_model import CommandModel

#: A person by id or address, or a team by id, name or slug.
Owner: TypeAlias = Annotated[
    UUID | Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)],
    Field(union_mode="left_to_right"),
]


class ListDestinations(CommandModel):
    """What a person has connected, or the rooms of a team."""

    command: Literal["destinations"]
    owner: Owner


class ExplainRooms(CommandModel):
    """Which rooms of a team would be told of this type now."""

    command: Literal["explain_rooms"]
    team: Owner
    type: str


class ReviveDestination(CommandModel):
    """A dead destination is told of things again."""

    command: Literal["revive"]
    id: UUID
