"""What an operator asks for: one model per command, checked whole before anything is looked at or changed."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from owlpost.domain.invalid import invalid_request

Status: TypeAlias = Literal["pending", "sent", "failed", "skipped"]
#: What one answer of a function can carry with ease.
MOST_LISTED = 1_000
#: What one redrive takes; more is another run, after a look at what became of the first.
MOST_REDRIVEN = 10_000
#: The error of a delivery whose provider may have sent it: driven again only when that is asked for.
OUTCOME_UNKNOWN = "outcome_unknown"


#: A person by id or by e-mail address.
User: TypeAlias = Annotated[UUID | str, Field(union_mode="left_to_right")]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Selection(_Command):
    """Which deliveries are meant; what is None does not matter. `since` and `until` bound the time they were enqueued."""

    channel: str | None = None
    type: str | None = None
    error: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    delivery_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_LISTED)] = ()


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
        return self.user.strip().lower() if isinstance(self.user, str) else None


class ExplainPerson(_Command):
    """What would happen if this person were told something of this type now."""

    command: Literal["explain_person"]
    user: User
    type: str


class ExplainDelivery(_Command):
    command: Literal["explain_delivery"]
    delivery_id: UUID


class RedriveDeliveries(Selection):
    """`rate` is in deliveries a second: they come due one by one, so that a provider that has just recovered is spared."""

    command: Literal["redrive"]
    dry_run: bool = False
    include_unknown: bool = False
    rate: Annotated[float, Field(gt=0, le=1_000)] = 50
    limit: Annotated[int, Field(ge=1, le=MOST_REDRIVEN)] = MOST_REDRIVEN

    @property
    def takes_unknown(self) -> bool:
        return self.include_unknown or self.error == OUTCOME_UNKNOWN


class RedriveRequests(_Command):
    command: Literal["redrive_requests"]
    dry_run: bool = False
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED


class ListDeadLetters(_Command):
    """`queue` by its name in the topology, without `-dlq`."""

    command: Literal["dead_letters"]
    queue: str
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100


class CheckBalance(_Command):
    command: Literal["audit"]
    since: AwareDatetime | None = None


class ListSuppressions(_Command):
    """Of those addresses that contain a text, where one is given."""

    command: Literal["suppressions"]
    contains: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100


class ReleaseAddress(_Command):
    command: Literal["release"]
    address: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]


Command: TypeAlias = (
    ListDeliveries
    | ExplainPerson
    | ExplainDelivery
    | RedriveDeliveries
    | RedriveRequests
    | ListDeadLetters
    | CheckBalance
    | ListSuppressions
    | ReleaseAddress
)
_ANY: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="command")])


def parse(event: object) -> Command:
    """The command in a parsed JSON value. Raises InvalidRequest naming the first field at fault."""
    try:
        return _ANY.validate_python(event)
    except ValidationError as error:
        raise invalid_request(error, whole="command", tagged="") from None
