"""List recent deliveries for an operator, direct mails among them."""

from sqlalchemy import Connection

from owlpost.db.operator import delivery_log, direct_log
from owlpost.db.operator.delivery_log import DeliveryRecord
from owlpost.db.session import Database
from owlpost.domain.commands import ListDeliveries
from owlpost.domain.direct_mails import DIRECT_MAILS
from owlpost.domain.value import dataclass
from owlpost.services.operator.known_names import require_names, require_person


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    database: Database

    def newest(self, query: ListDeliveries) -> list[DeliveryRecord]:
        """Return the newest matches. Raises NotFound if none match because the query names something unknown."""
        with self.database.transaction() as connection:
            found = [*delivery_log.newest(connection, query), *direct_log.newest(connection, query)]
            if not found:
                _require_known(connection, query)
        return sorted(found, key=lambda each: each.id, reverse=True)[: query.limit]


def _require_known(connection: Connection, query: ListDeliveries) -> None:
    if query.type not in DIRECT_MAILS:
        require_names(query)
    if query.user is not None:
        require_person(connection, query.user)
