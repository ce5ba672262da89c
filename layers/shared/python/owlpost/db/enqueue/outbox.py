"""The outbox: what hosts wrote in their own transactions, in the order in which they wrote it."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.domain.value import dataclass

#: Only the first row is taken, and another taker waits for it: so rows are told in order, by however many functions.
TAKE_FIRST = text("""
    delete from notification_outbox
    where id = (
      select id from notification_outbox where not_before <= now() order by id limit 1 for update
    )
    returning id, cast(body as text) as body, correlation_id, attempts
""")

#: A row that failed waits, twice as long each time, and holds up no other.
POSTPONE = text("""
    update notification_outbox
    set attempts = attempts + 1, not_before = now() + interval '15 seconds' * power(2, attempts)
    where id = :id
""")

REMOVE = text("delete from notification_outbox where id = :id")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A request, a fact or a cancellation as JSON text. `attempts` have failed before."""

    id: UUID
    body: str
    correlation_id: str
    attempts: int


def take_first(connection: Connection) -> OutboxRow | None:
    """Delete the first row that is due, and return it. None if no row is due, or if another transaction has just taken it."""
    row = connection.execute(TAKE_FIRST).one_or_none()
    return OutboxRow(row.id, row.body, row.correlation_id or str(row.id), row.attempts) if row else None


def postpone(connection: Connection, row_id: UUID) -> None:
    """Count a failed attempt of the row, and let it wait."""
    connection.execute(POSTPONE, {"id": row_id})


def remove(connection: Connection, row_id: UUID) -> bool:
    """Delete a row that is given up. Return False if it is gone already."""
    return connection.execute(REMOVE, {"id": row_id}).rowcount == 1
