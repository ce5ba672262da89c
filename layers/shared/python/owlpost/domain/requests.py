"""A producer's request: what to tell, and whom. It is validated as a whole before anything is written."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self, TypeAlias, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic_core import to_json

from owlpost.domain import json_values, links, type_data
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.invalid import invalid_request
from owlpost.domain.request_words import MOST_TRANSLATIONS, Body, Locale, Strict, Title, Translation
from owlpost.domain.types import configurable_types, dispatched_type

Model = TypeVar("Model", bound=BaseModel)

#: How far ahead a request may ask to be sent.
LONGEST_AHEAD = timedelta(days=30)
MAX_USER_IDS = 10_000
MAX_DATA_BYTES = 64 * 1024


def _check_link(link: str) -> str:
    """A path of ours or https, and nothing a browser could read as another site."""
    if not links.is_clean(link):
        raise ValueError("must not contain backslashes, white space or control characters")
    if not links.is_followable(link):
        raise ValueError("must be a path that begins with a single / or an https address")
    return link


def _check_data(data: dict[str, object]) -> dict[str, object]:
    if len(json_values.compact(data).encode()) > MAX_DATA_BYTES:
        raise ValueError(f"must be at most {MAX_DATA_BYTES} bytes of JSON")
    return data


#: Ids of people. The first bad one ends the check: a list of errors would cost far more than the ids.
UserIds: TypeAlias = Annotated[tuple[UUID, ...], Field(max_length=MAX_USER_IDS, fail_fast=True)]


class ByIds(Strict):
    """These people. Repeated ids count once; the answer counts unknown ones."""

    user_ids: UserIds

    @property
    def distinct(self) -> set[str]:
        """Return each id once, as text. pydantic writes ten thousand in the time in which Python writes five hundred."""
        return set(to_json(self.user_ids).decode()[2:-2].split('","')) if self.user_ids else set()


class ByTeam(Strict):
    """All members of a team, or those with one of the roles."""

    team_id: UUID
    roles: Annotated[tuple[Literal["owner", "admin", "member"], ...], Field(min_length=1, fail_fast=True)] | None = None
    exclude_user_ids: UserIds = ()


def _way(recipients: object) -> str | None:
    """Return the tag of the way that `recipients` uses; None, which is an error, for neither and for both."""
    if isinstance(recipients, ByIds | ByTeam):
        return "by_ids" if isinstance(recipients, ByIds) else "by_team"
    if not isinstance(recipients, Mapping) or ("user_ids" in recipients) == ("team_id" in recipients):
        return None
    return "by_ids" if "user_ids" in recipients else "by_team"


Recipients: TypeAlias = Annotated[
    Annotated[ByIds, Tag("by_ids")] | Annotated[ByTeam, Tag("by_team")],
    Discriminator(
        _way,
        custom_error_type="recipients",
        custom_error_message="must be an object with either user_ids or team_id",
    ),
]


#: The name of a system that sends requests, such as `billing`.
ProducerName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


Link: TypeAlias = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_check_link)]


class EnqueueRequest(Strict):
    """One event and the people to tell; bounds as `docs/producers.md` gives them."""

    type: Annotated[str, Field(json_schema_extra={"enum": [kind.key for kind in configurable_types()]})]
    recipients: Recipients
    title: Title
    team_id: UUID | None = None
    body: Body | None = None
    #: By language: whoever has chosen `de-AT` reads that, else `de`, else `title` and `body` as they are.
    translations: Annotated[dict[Locale, Translation], Field(max_length=MOST_TRANSLATIONS)] | None = None
    link: Link | None = None
    data: Annotated[dict[str, object], AfterValidator(_check_data)] | None = None
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    producer: ProducerName | None = None
    #: Nothing of it is sent or shown before this time.
    not_before: AwareDatetime | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Return the request in a parsed JSON value. Raises InvalidRequest naming the first field at fault."""
        if not isinstance(value, dict):
            raise InvalidRequest("request", "must be a JSON object")
        json_values.check(value, "")
        request = _validated(cls, value)
        kind = dispatched_type(request.type)
        if kind.data is not None and request.data is not None:
            type_data.check(kind.data, request.data)
        return request

    @property
    def translated(self) -> dict[str, dict[str, str]]:
        """Return the words in other languages as JSON, by language."""
        return {locale: each.model_dump(exclude_none=True) for locale, each in (self.translations or {}).items()}

    @property
    def may_reach_outsiders(self) -> bool:
        """Return whether the recipients may be outside the team that the notification is about."""
        told = self.recipients.team_id if isinstance(self.recipients, ByTeam) else None
        return self.team_id is not None and self.team_id != told

    @property
    def tells_rooms(self) -> bool:
        """Return whether a team's rooms may see it: every member may, and it is about no other team."""
        told = self.recipients
        return (
            isinstance(told, ByTeam) and not told.roles and not told.exclude_user_ids and not self.may_reach_outsiders
        )

    @property
    def project(self) -> str | None:
        """Return the project that the event is about, as `data.project_id` says it."""
        project = (self.data or {}).get("project_id")
        return project if isinstance(project, str) else None

    def check_time(self, now: datetime) -> None:
        """Raise InvalidRequest naming `not_before` if that is too far ahead."""
        if self.not_before is not None and self.not_before > now + LONGEST_AHEAD:
            raise InvalidRequest("not_before", f"must be at most {LONGEST_AHEAD.days} days ahead")

    @property
    def about_team(self) -> UUID | None:
        """Return the team that the notification is about: the named team, else the team of the recipients."""
        return self.team_id or (self.recipients.team_id if isinstance(self.recipients, ByTeam) else None)


def _validated(model: type[Model], value: object) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_request(error, tagged="recipients") from None


class Continuation(Strict):
    """The message that makes a function write one chunk of a large team: its request and its number, from 1."""

    continue_request: UUID
    chunk: Annotated[int, Field(ge=1, lt=2**31)]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Return the continuation in a parsed JSON value. Raises InvalidRequest naming the first field at fault."""
        return _validated(cls, value)


class DrainOutbox(Strict):
    """The message that makes a function look into the outbox: a nudge, which holds nothing and may come twice."""

    drain_outbox: Literal[True] = True

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Return the nudge in a parsed JSON value. Raises InvalidRequest naming the field at fault."""
        return _validated(cls, value)


class Cancellation(Strict):
    """Take a request of one's own back, by what it was sent with: its idempotency key, type and producer."""

    cancel: Annotated[str, Field(min_length=1, max_length=255)]
    type: str
    producer: ProducerName | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Return the cancellation in a parsed JSON value. Raises InvalidRequest naming the first field at fault."""
        json_values.check(value, "")
        cancellation = _validated(cls, value)
        dispatched_type(cancellation.type)
        return cancellation


class Drained(BaseModel):
    """The answer to a nudge: whether the outbox holds nothing more that is due."""

    model_config = ConfigDict(defer_build=True)

    drained: bool


class EnqueueResult(BaseModel):
    """The answer to a producer; `deliveries` counts rows by channel, in-app included. `rooms` are those of the team.

    `request_id` is None if the audience was empty, so that nothing was written. `continues` is true if chunks follow; the
    counts are then those of the first chunk.
    """

    model_config = ConfigDict(defer_build=True)

    request_id: UUID | None = None
    duplicate: bool = False
    notifications: int = 0
    notification_ids: tuple[UUID, ...] = ()
    deliveries: dict[str, int] = Field(default_factory=dict)
    rooms: int = 0
    unknown_user_ids: int = 0
    continues: bool = False
    message: str | None = None
