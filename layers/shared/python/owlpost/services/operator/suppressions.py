"""List the addresses that get no mail, and release one of them."""

from datetime import datetime

from owlpost.db.delivery import suppressions
from owlpost.db.delivery.suppressions import Suppression
from owlpost.db.session import Database
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.domain.person_commands import ListSuppressions, ReleaseAddress
from owlpost.domain.suggestions import did_you_mean
from owlpost.domain.value import dataclass
from owlpost.observability import logger

#: Between the time and the address of a cursor.
SEPARATOR = " "
#: Suppressed addresses that are compared with one that is not.
COMPARED = 1_000


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """`next` is the cursor of the next page, None on the last one."""

    suppressions: list[Suppression]
    next: str | None


@dataclass(frozen=True, slots=True)
class Suppressions:
    database: Database

    def list(self, query: ListSuppressions) -> SuppressionPage:
        """Return a page, newest first. Raises InvalidRequest for a cursor that no page gave."""
        after = _position(query.after) if query.after else None
        with self.database.transaction() as connection:
            found = suppressions.listed(connection, contains=query.contains, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        return SuppressionPage(page, _cursor(page[-1]) if len(found) > len(page) else None)

    def release(self, command: ReleaseAddress) -> Suppression:
        """Let mail go to the address again. Skipped mails stay skipped. Raises NotFound."""
        with self.database.transaction() as connection:
            released = suppressions.release(connection, command.address)
            if released is None:
                known = suppressions.listed(connection, contains=None, after=None, limit=COMPARED)
                similar = did_you_mean(command.address, [each.address for each in known])
                raise NotFound(f"{command.address} is not suppressed{similar}")
        logger().info("released", extra={"reason": released.reason})
        return released


def _cursor(last: Suppression) -> str:
    return f"{last.created_at.isoformat()}{SEPARATOR}{last.address}"


def _position(cursor: str) -> tuple[datetime, str]:
    created_at, _, address = cursor.partition(SEPARATOR)
    try:
        at = datetime.fromisoformat(created_at)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidRequest("after", "must be the cursor that a page gave as its next")
    return at, address
