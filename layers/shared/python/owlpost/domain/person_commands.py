"""The operator's commands about one person or address."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from owlpost.domain.addresses import mailbox
from owlpost.domain.command_model import MOST_LISTED, CommandModel

#: People that one command names: each is looked up.
MOST_NAMED = 50

#: A person by id or by e-mail address.
User: TypeAlias = Annotated[UUID | str, Field(union_mode="left_to_right")]


class ExplainPerson(CommandModel):
    """What would happen to a notification of this type for this person now."""

    command: Literal["explain_person"]
    user: User
    type: str


class FindPeople(CommandModel):
    """People by id or address, in this order."""

    command: Literal["people"]
    users: Annotated[tuple[User, ...], Field(min_length=1, max_length=MOST_NAMED)]


class ListDevices(CommandModel):
    """The devices of one person."""

    command: Literal["devices"]
    user: User


class ListSuppressions(CommandModel):
    """Addresses that contain a text, or all. `after` is the cursor of the page before, as its `next` says."""

    command: Literal["suppressions"]
    contains: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)] | None = None
    after: Annotated[str, StringConstraints(max_length=400)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100


class ReleaseAddress(CommandModel):
    command: Literal["release"]
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(mailbox)]
