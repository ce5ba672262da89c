"""What happened lately, for an operator."""

from dataclasses import dataclass

from owlpost.db.operator import delivery_log
from owlpost.db.operator.delivery_log import DeliveryRecord
from owlpost.db.session import Database
from owlpost.domain.commands import ListDeliveries


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    database: Database

    def newest(self, query: ListDeliveries) -> list[DeliveryRecord]:
        with self.database.transaction() as connection:
            return delivery_log.newest(connection, query)
