"""The operator's commands about one person or address."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from owlpost.domain.addresses import mailbox
from owlpost.domain.command_model import MOST_LISTED, CommandModel
from owlpost.domain.destination_commands import Owner

#: People that one command names: each is looked up.
MOST_NAMED = 50

#: A person by id or by e-mail address.
User: TypeAlias = Annotated[UUID | str, Field(union_mode="left_to_right")]


class ExplainPerson(CommandModel):
    """What would happen to a notification of this type for this person now; with a team, for its rooms as well."""

    command: Literal["explain_person"]
    user: User
    type: str
    team: Owner | None = None


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


class ShowPerson(CommandModel):
    """What a person got in a week, and all that decides about the next notification."""

    command: Literal["person"]
    user: User


class ExportPerson(CommandModel):
    """A page of the rows about a person, or about an address without an account. `after` is the `next` of the page before."""

    command: Literal["export_person"]
    user: User
    after: Annotated[str, StringConstraints(max_length=400)] | None = None

    @property
    def act(self) -> Mapping[str, object] | None:
        """Return the act for the audit trail: one for an export, not one for each of its pages."""
        return {"act": self.command} if self.after is None else None


class ErasePerson(CommandModel):
    """Delete or blank all that names a person, or an address without an account. A dry run does it all and takes it back."""

    command: Literal["erase_person"]
    user: User
    dry_run: bool = False

    @property
    def act(self) -> Mapping[str, object] | None:
        """Return the act for the audit trail, without whom it is about: the certificate has their keyed hash."""
        return None if self.dry_run else {"act": self.command}
