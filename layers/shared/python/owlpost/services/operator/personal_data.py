"""A person's data: all of it as JSON, and its end with a certificate."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from owlpost.db import lines
from owlpost.db.operator import erasure as around
from owlpost.db.operator import recipient
from owlpost.db.people.security_events import record
from owlpost.db.personal import erasure, export
from owlpost.db.personal.erasure import About
from owlpost.db.personal.export import Place
from owlpost.db.personal.tables import PERSONAL
from owlpost.db.session import Database
from owlpost.domain import providers_keep
from owlpost.domain.addresses import mailbox
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.clock import Clock
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.person_commands import ErasePerson, ExportPerson, User
from owlpost.domain.security import OPERATOR
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.services.operator.known_names import require_person

SEPARATOR = " "
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
FOREIGN_KEY_VIOLATION = "23503"
FORBIDDEN = (
    "rows of the host's table {table} refer to the account, so nothing was erased. Delete the account by the host's own means:"
    " the next cleanup, or this command with the id, erases the rest."
)
FIRST = PERSONAL[0].name


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Rows by table. `next` is the cursor of the next page, None on the last one."""

    tables: dict[str, list[dict[str, Any]]]
    next: str | None


@dataclass(frozen=True, slots=True)
class TableErased:
    """Rows that name the person, before and after; `how` says what became of them, or why they stay."""

    table: str
    before: int
    after: int
    how: str


@dataclass(frozen=True, slots=True)
class ProviderKeeps:
    """What a provider was given: `ids` are the newest of its own ids, by which it can be asked."""

    recipient: str
    messages: int
    what: str
    how: str
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`person` is a keyed hash of the id, or of the address where there was no account: it names nobody.

    `in_flight` notifications are in a batch of mails that its provider may have: they are erased by the cleanup after its end.
    """

    person: str
    erased_at: datetime
    dry_run: bool
    tables: list[TableErased]
    in_flight: int
    providers: list[ProviderKeeps]
    goes_with_the_account: list[str]
    teams_without_an_owner: list[str]
    elsewhere: list[str]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """`hang_up` closes the lines of whoever was erased."""

    database: Database
    now: Clock
    hang_up: Callable[[Sequence[str]], None]

    def export(self, query: ExportPerson) -> ExportPage:
        """Return a page of rows about the person. Raises NotFound, and InvalidRequest for a cursor that no page gave."""
        begin = _place(query.after) if query.after else Place(FIRST)
        with self.database.transaction() as connection:
            people = _meant(connection, query.user)
            page = export.page(connection, people, begin)
        return ExportPage(page.tables, f"{page.next.table}{SEPARATOR}{page.next.key}" if page.next else None)

    def erase(self, command: ErasePerson) -> Certificate:
        """Erase the person in one transaction. Raises NotFound, and InvalidRequest if a table of the host forbids it."""
        try:
            certificate, held = self.database.persist(lambda connection: self._erase(connection, command))
        except DBAPIError as error:
            if (table := _refers(error)) is None:
                raise
            raise InvalidRequest("user", FORBIDDEN.format(table=table)) from error
        extra = {"person": certificate.person, "dry_run": command.dry_run}
        logger().info("person erased", extra=extra)
        self.hang_up(() if command.dry_run else held)
        return certificate

    def _erase(self, connection: Connection, command: ErasePerson) -> tuple[Certificate, Sequence[str]]:
        people = _meant(connection, command.user)
        held = lines.of_people(connection, people.user_ids)
        given, hanging = around.given(connection, people), around.hanging(connection, people)
        hashed = erasure.hash_of(connection, people.user_ids[0] if people.user_ids else people.addresses[0])
        attempt = connection.begin_nested()
        erased = erasure.erase(connection, people)
        if command.dry_run:
            attempt.rollback()
        else:
            attempt.commit()
            actor = f"{OPERATOR}:{command.operator}" if command.operator else OPERATOR
            record(connection, "person_erased", actor=actor, now=self.now(), detail={"person": hashed})
        certificate = Certificate(
            person=hashed,
            erased_at=self.now(),
            dry_run=command.dry_run,
            tables=[
                TableErased(each.name, erased.before[each.name], erased.after[each.name], _how(each.name))
                for each in PERSONAL
            ],
            in_flight=erased.in_flight,
            providers=[_keeps(each) for each in given],
            goes_with_the_account=hanging.tables if people.user_ids else [],
            teams_without_an_owner=hanging.teams,
            elsewhere=list(providers_keep.ELSEWHERE),
        )
        return certificate, held


def _meant(connection: Connection, user: User) -> About:
    """Return whom an operator means: an account, or what is left of one, or an address without an account."""
    found = recipient.find(connection, user)
    if found is not None:
        return erasure.about(connection, [found.id])
    left = erasure.about(connection, [user]) if isinstance(user, UUID) else About([], [])
    if isinstance(user, str):
        left = replace(left, addresses=erasure.about(connection, [], named=mailbox(user)).addresses)
    if user == CANARY_ID or not any(erasure.count(connection, left).values()):
        require_person(connection, user)
    return left


def _place(cursor: str) -> Place:
    table, _, key = cursor.partition(SEPARATOR)
    if all(table != each.name for each in PERSONAL):
        raise InvalidRequest("after", "must be the cursor that a page gave as its next")
    return Place(table, key)


def _how(name: str) -> str:
    table = next(each for each in PERSONAL if each.name == name)
    if table.stays:
        return f"kept: {table.stays}"
    if table.blanked:
        return f"blanked: {', '.join(table.blanked)}"
    return "deleted with the account" if table.cascades else "deleted"


def _keeps(given: around.Given) -> ProviderKeeps:
    kept = providers_keep.kept_by(given.recipient)
    return ProviderKeeps(given.recipient, given.messages, kept.what, kept.how, list(given.ids))


def _refers(error: DBAPIError) -> str | None:
    """Return the table whose rows refer to the account and forbid its end; None if the error is another one."""
    said = error.orig.args[0] if error.orig and error.orig.args else None
    return str(said.get("t")) if isinstance(said, dict) and said.get("C") == FOREIGN_KEY_VIOLATION else None
