"""What the database holds when all has come to rest, and whether it is what was asked for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.mass_death import LEAST_DEAD, ONE_IN
from tests.chaos.crowd import Errand
from tests.chaos.plan import MAX_CONCURRENCY

REQUESTS = text("""
    select r.idempotency_key as key, array_to_string(array_agg(n.user_id), ',') as told
    from notification_requests r
    left join notifications n on n.request_id = r.id
    group by r.id
""")
DELIVERIES = text("""
    select d.id, d.notification_id, d.gathered_in, n.user_id, d.channel, d.status, d.error,
           d.attempt_metadata -> 'history' as history
    from notification_deliveries d
    join notifications n on n.id = d.notification_id
    where d.channel <> 'in_app'
""")
#: How much is not done yet: deliveries that have not ended or wait for an operator, chunks that are not written.
OPEN = text("""
    select (select count(*) from notification_deliveries where status = 'pending' or error = 'render_error')
         + (select count(*) from notification_request_chunks where stored_at is null)
         + (select count(*) from notification_outbox)
""")
#: Tokens that a provider called dead and that were believed to be, for as long as their devices were retired.
BELIEVED_DEAD = text("""
    select distinct v.token
    from notification_deliveries d
    cross join jsonb_each(d.attempt_metadata -> 'devices') said
    join (select id, token from user_devices union all select id, token from retired_devices) v
      on v.id = cast(said.key as uuid)
    where said.value ->> 'outcome' = 'dead'
""")
STILL_RETIRED = text("""
    select (select count(*) from retired_devices) as retired, (select coalesce(sum(tried), 0) from push_tallies) as tried
""")
RECEIPTS = text("select count(*) from notification_requests")

PLAIN = ("id", "notification_id", "gathered_in", "user_id", "channel", "status", "error")

#: How the keys of requests end whose transaction was rolled back.
ROLLED_BACK = "-rolled-back"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was recorded of one attempt, at `at` in epoch seconds."""

    at: float
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    id: UUID
    notification_id: UUID
    #: Set if it went out as one with others at the end of quiet hours.
    gathered_in: UUID | None
    user_id: UUID
    channel: str
    status: str
    error: str | None
    attempts: tuple[Attempt, ...]

    @property
    def told_as(self) -> UUID:
        """The notification by which providers know it."""
        return self.gathered_in or self.notification_id


def unfinished(database: Database, *, requests: int) -> int:
    """Requests not stored or still in the outbox, deliveries not ended and chunks not written."""
    with database.transaction() as connection:
        receipts: int = connection.execute(RECEIPTS).scalar_one()
        left: int = connection.execute(OPEN).scalar_one()
    return max(requests - receipts, 0) + left


def deliveries(database: Database) -> list[Delivery]:
    with database.transaction() as connection:
        rows = connection.execute(DELIVERIES).mappings().all()
    return [
        Delivery(
            **{name: row[name] for name in PLAIN},
            attempts=tuple(map(_attempt, row["history"] or ())),
        )
        for row in rows
    ]


def believed_dead(database: Database) -> frozenset[str]:
    """Return the tokens that a provider called dead before the guard against mass death doubted it."""
    with database.transaction() as connection:
        return frozenset(connection.execute(BELIEVED_DEAD).scalars())


def retired_too_many(database: Database) -> Iterator[str]:
    """Yield a complaint if more devices stay retired than the guard believes: a few, or a fifth of the tries."""
    with database.transaction() as connection:
        row = connection.execute(STILL_RETIRED).one()
    if row.retired >= LEAST_DEAD * MAX_CONCURRENCY and row.retired * ONE_IN > row.tried:
        yield f"{row.retired} devices stay retired after {row.tried} tries, although no phone was dead"


def _attempt(entry: Mapping[str, Any]) -> Attempt:
    return Attempt(datetime.fromisoformat(entry["at"]).timestamp(), bool(entry.get("ambiguous")))


def misstored(database: Database, errands: Sequence[Errand]) -> Iterator[str]:
    """Requests that were accepted and are not stored, stored twice, or told to others than those they named."""
    with database.transaction() as connection:
        rows = connection.execute(REQUESTS).all()
    receipts = Counter(row.key for row in rows)
    told = {row.key: Counter(map(UUID, filter(None, (row.told or "").split(",")))) for row in rows}
    yield from (
        f"{key}: told, although its transaction did not commit" for key in receipts if key.endswith(ROLLED_BACK)
    )
    for errand in errands:
        if receipts[errand.key] != 1:
            yield f"{errand.key}: {receipts[errand.key]} receipts"
        elif told[errand.key] != Counter(errand.audience):
            yield f"{errand.key}: told {sum(told[errand.key].values())} people instead of {len(errand.audience)}"
