"""The operator's commands, one model each: a command is checked whole before anything is read or changed."""

from functools import cache
from typing import Annotated, Literal, Self, TypeAlias, get_args
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError, model_validator

from owlpost.domain import json_values
from owlpost.domain.addresses import mailbox
from owlpost.domain.command_model import MOST_LISTED, CommandModel
from owlpost.domain.destination_commands import ExplainRooms, ListDestinations, ReviveDestination
from owlpost.domain.hand_commands import EditDeadLetter, EstimateRequest, HurryPending
from owlpost.domain.invalid import invalid_request
from owlpost.domain.journal import ListActs
from owlpost.domain.person_commands import (
    ErasePerson,
    ExplainPerson,
    ExportPerson,
    FindPeople,
    ListDevices,
    ListSuppressions,
    ReleaseAddress,
    ShowPerson,
    User,
)
from owlpost.domain.selections import MOST_REDRIVEN, Selection
from owlpost.domain.stop_commands import Hold, LetGo, ListHolds, Recall

#: `started` is of direct mails alone.
Status: TypeAlias = Literal["pending", "sent", "failed", "skipped", "started"]
#: The error of a delivery that the provider may have sent: started again only if the command asks for it.
OUTCOME_UNKNOWN = "outcome_unknown"


class ListDeliveries(Selection):
    command: Literal["deliveries"]
    status: Status | None = None
    user: User | None = None
    request_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 50

    @property
    def user_id(self) -> UUID | None:
        return self.user if isinstance(self.user, UUID) else None

    @property
    def email(self) -> str | None:
        return mailbox(self.user) if isinstance(self.user, str) else None


class ExplainDelivery(CommandModel):
    """`content` asks for what was sent as well."""

    command: Literal["explain_delivery"]
    delivery_id: UUID
    content: bool = False


class RedriveDeliveries(Selection):
    """`rate` is in deliveries a second: they come due one by one, to spare a provider that has just recovered."""

    command: Literal["redrive"]
    dry_run: bool = False
    include_unknown: bool = False
    rate: Annotated[float, Field(gt=0, le=1_000)] = 50
    limit: Annotated[int, Field(ge=1, le=MOST_REDRIVEN)] = MOST_REDRIVEN

    @property
    def takes_unknown(self) -> bool:
        return self.include_unknown or self.error == OUTCOME_UNKNOWN


class RedriveRequests(CommandModel):
    command: Literal["redrive_requests"]
    dry_run: bool = False
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED


class ListDeadLetters(CommandModel):
    """`queue` is a queue's name in the topology, with or without `-dlq`."""

    command: Literal["dead_letters"]
    queue: str
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100


class ShowDeadLetter(CommandModel):
    command: Literal["dead_letter"]
    queue: str
    id: str


class SaveDeadLetters(CommandModel):
    """Messages with their whole bodies; the caller asks again until an answer has none."""

    command: Literal["save_dead_letters"]
    queue: str


class DiscardDeadLetters(CommandModel):
    """`ids` names messages; `error` selects all messages with this error."""

    command: Literal["discard_dead_letters"]
    queue: str
    ids: Annotated[tuple[str, ...], Field(max_length=MOST_LISTED)] = ()
    error: str | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if not self.ids and self.error is None:
            raise ValueError("ids or error must say which dead letters to discard")
        return self


class LookNow(CommandModel):
    """How Owlpost is at this moment."""

    command: Literal["now"]


class CheckInstallation(CommandModel):
    """Whether the database is as this code expects it, as the function sees it: for `owlpost doctor`."""

    command: Literal["check_installation"]


class ShowRates(CommandModel):
    """What ended in each minute of the last hour, for plots."""

    command: Literal["rates"]


class ListRequests(CommandModel):
    """Requests accepted since then, newest first."""

    command: Literal["requests"]
    since: AwareDatetime | None = None
    type: str | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 50


class ShowTop(CommandModel):
    """Who has the most notifications since then, counted by one of these."""

    command: Literal["top"]
    by: Literal["producer", "type", "person", "title"]
    since: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 20


class CheckBalance(CommandModel):
    command: Literal["audit"]
    since: AwareDatetime | None = None


class ListSecurityEvents(CommandModel):
    """Events of the security audit trail, newest first."""

    command: Literal["security"]
    since: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100


Command: TypeAlias = (
    ListDeliveries
    | ExplainPerson
    | ExplainDelivery
    | FindPeople
    | LookNow
    | CheckInstallation
    | ShowRates
    | ListRequests
    | ShowTop
    | ListDevices
    | ListDestinations
    | ExplainRooms
    | ReviveDestination
    | RedriveDeliveries
    | RedriveRequests
    | ListDeadLetters
    | ShowDeadLetter
    | SaveDeadLetters
    | DiscardDeadLetters
    | CheckBalance
    | ListSuppressions
    | ReleaseAddress
    | ListSecurityEvents
    | ListActs
    | HurryPending
    | EditDeadLetter
    | EstimateRequest
    | ShowPerson
    | ExportPerson
    | ErasePerson
    | Hold
    | ListHolds
    | LetGo
    | Recall
)
#: The models by the name of their command.
MODELS: dict[str, type[Command]] = {
    name: model for model in get_args(Command) for name in get_args(model.model_fields["command"].annotation)
}


def parse(event: object) -> Command:
    """Return the command in a parsed JSON value. Raises InvalidRequest naming the first field at fault."""
    json_values.check(event, "")
    named = event.get("command") if isinstance(event, dict) else None
    model = MODELS.get(named) if isinstance(named, str) else None
    try:
        # its own model alone is built: all of them take longer than the rest of a cold start's validation
        return model.model_validate(event) if model else _any().validate_python(event)
    except ValidationError as error:
        raise invalid_request(error, whole="command", tagged=None if model else "") from None


@cache
def _any() -> TypeAdapter[Command]:
    """Say what is wrong with a value that names no command of ours."""
    return TypeAdapter(Annotated[Command, Field(discriminator="command")])
