"""The addresses no mail goes to, as an operator looks at them and releases them."""

from collections.abc import Sequence
from dataclasses import dataclass

from owlpost.db.delivery import suppressions
from owlpost.db.delivery.suppressions import Suppression
from owlpost.db.session import Database
from owlpost.domain.commands import ListSuppressions, ReleaseAddress
from owlpost.domain.errors import NotFound
from owlpost.observability import logger


@dataclass(frozen=True, slots=True)
class Suppressions:
    database: Database

    def list(self, query: ListSuppressions) -> Sequence[Suppression]:
        """The newest first."""
        with self.database.transaction() as connection:
            return suppressions.listed(connection, contains=query.contains, limit=query.limit)

    def release(self, command: ReleaseAddress) -> Suppression:
        """Let mail go to the address again; what was skipped meanwhile stays skipped. Raises NotFound."""
        with self.database.transaction() as connection:
            released = suppressions.release(connection, command.address)
        if released is None:
            raise NotFound(f"{command.address} is not suppressed")
        logger().info("released", extra={"reason": released.reason})
        return released
