"""The operator's commands that stop notifications, and let them go again."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.command_model import CommandModel
from owlpost.domain.request_words import Body, Title
from owlpost.domain.requests import Link, ProducerName

#: Requests that one recall takes back. More need another run.
MOST_RECALLED = 1_000


class Hold(CommandModel):
    """Stop the deliveries that match each given condition, those to come as well, until they are let go or until `until`."""

    command: Literal["hold"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    channel: str | None = None
    type: str | None = None
    producer: ProducerName | None = None
    team_id: UUID | None = None
    request_id: UUID | None = None
    until: AwareDatetime | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _is_of_a_queued_channel(self) -> Self:
        channel = NOTIFICATION_CHANNELS.get(self.channel) if self.channel else None
        if channel is not None and not channel.queued:
            raise ValueError(f"{self.channel} cannot be held: its row is the notification itself; recall takes it back")
        return self


class ListHolds(CommandModel):
    """The open holds, with what each of them stops."""

    command: Literal["holds"]


class LetGo(CommandModel):
    """End a hold. Its deliveries go at `rate` a second, or are discarded."""

    command: Literal["let_go"]
    hold_id: UUID
    rate: Annotated[float, Field(gt=0, le=1_000)] = 50
    discard: bool = False
    dry_run: bool = False


class Words(BaseModel):
    """What stands in the place of a recalled notification, checked as a request is. Without a link the old one stays."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    title: Title
    body: Body | None = None
    link: Link | None = None


class Recall(CommandModel):
    """Take requests back: those that are named, or those since a time that match each given condition."""

    command: Literal["recall"]
    request_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_RECALLED)] = ()
    type: str | None = None
    team_id: UUID | None = None
    producer: ProducerName | None = None
    since: AwareDatetime | None = None
    replace: Words | None = None
    dry_run: bool = False

    @property
    def act(self) -> Mapping[str, object] | None:
        """Of new words it says that there are some."""
        act = super().act
        return act and {**act, **({"replace": True} if self.replace else {})}

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        chosen = (self.type, self.team_id, self.producer)
        if self.request_ids:
            if any(each is not None for each in (*chosen, self.since)):
                raise ValueError("request_ids name the requests: leave type, team_id, producer and since out")
        elif self.since is None or not any(each is not None for each in chosen):
            raise ValueError("request_ids, or since with type, team_id or producer, must say what to recall")
        return self
