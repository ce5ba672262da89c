"""Settling: one statement that records what became of each delivery of a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db.delivery import destinations, retired_devices
from owlpost.db.delivery.destinations import NOTE_DESTINATIONS
from owlpost.db.delivery.pauses import KEPT_DAYS, PROBE_SECONDS, RECORD_PAUSES
from owlpost.db.delivery.retired_devices import MISSED, MISSED_REASON, MISSED_UNTIL, RETIRE_DEVICES, UNMARKED
from owlpost.db.suppressing import suppress_bounced
from owlpost.domain import json_values
from owlpost.domain.destinations import DestinationReport
from owlpost.domain.mass_death import Deaths
from owlpost.domain.outcomes import DeadDevice
from owlpost.domain.value import dataclass

#: Record what became of each delivery, and remove devices that are dead. Only the holder of the lease can: a worker that was
#: thought dead and comes back late changes nothing. A delivery leaves its batch for none, or for another that is frozen by
#: name and size and counts from its first claim.
SETTLE_DELIVERIES = text(f"""
    with outcome as materialized (
      select * from jsonb_to_recordset(cast(:outcomes as jsonb)) as o (
        id uuid, status text, error text, attempt_metadata jsonb, next_attempt_in double precision,
        counts boolean, keeps_batch boolean, batch_id uuid, batch_size integer
      )
    ),
    held as materialized (
      select d.id
      from notification_deliveries d
      join outcome on outcome.id = d.id
      where d.lease_id = :lease_id and d.status = 'pending'
      order by d.id
      for update of d
    ),
    settled as (
      update notification_deliveries d
      set status = case when {MISSED} then 'pending' else outcome.status end,
          error = case when {MISSED} then {MISSED_REASON} else outcome.error end,
          -- onto what is there: a provider may have told us of this mail before the worker did
          attempt_metadata = {UNMARKED} || outcome.attempt_metadata,
          attempts = d.attempts - case when outcome.counts then 0 else 1 end,
          next_attempt_at = case when {MISSED} then {MISSED_UNTIL}
                                 else now() + make_interval(secs => outcome.next_attempt_in) end,
          queued_at = case when {MISSED} then {MISSED_UNTIL}
                           else coalesce(now() + make_interval(secs => outcome.next_attempt_in), d.queued_at) end,
          lease_id = null, leased_until = null,
          batch_id = case when outcome.keeps_batch then d.batch_id else outcome.batch_id end,
          batch_size = case when outcome.keeps_batch then coalesce(outcome.batch_size, d.batch_size)
                            else outcome.batch_size end,
          batched_at = case when outcome.keeps_batch then d.batched_at end
      from outcome
      join held on held.id = outcome.id
      where d.id = outcome.id
      returning d.id
    ),
{RETIRE_DEVICES},{RECORD_PAUSES},{NOTE_DESTINATIONS}
    select (select coalesce(string_agg(cast(id as text), ','), '') from settled) as settled,
           (select count(*) from removed) as removed_devices,
           (select string_agg(platform, ',') from tripped) as tripped,
           (select string_agg(provider, ',') from paused) as paused,
           (select string_agg(provider, ',') from resumed) as resumed
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledRow:
    """The columns of a delivery after an attempt; SETTLE_DELIVERIES reads them by these names.

    `next_attempt_in` is in seconds from the moment of settling, by the database's clock; None if there is no next attempt.
    `counts` is false if the attempt is not counted. `keeps_batch` is true if the delivery stays in its frozen batch, of
    `batch_size` members from now on (None: as many as before). Without it, `batch_id` and `batch_size` name the new batch.
    """

    id: UUID
    status: str
    error: str | None = None
    attempt_metadata: Mapping[str, object] = field(default_factory=dict)
    next_attempt_in: float | None = None
    counts: bool = True
    keeps_batch: bool = True
    batch_id: UUID | None = None
    batch_size: int | None = None

    def as_json(self) -> dict[str, object]:
        """Return the row as JSON can hold it: ids as texts, JSON values as they are."""
        return {
            "id": str(self.id),
            "status": self.status,
            "error": self.error,
            "attempt_metadata": self.attempt_metadata,
            "next_attempt_in": self.next_attempt_in,
            "counts": self.counts,
            "keeps_batch": self.keeps_batch,
            "batch_id": self.batch_id and str(self.batch_id),
            "batch_size": self.batch_size,
        }


@dataclass(frozen=True, slots=True)
class Bounced:
    """A delivery whose mailbox does not exist, with what the server said."""

    delivery_id: UUID
    address: str
    said: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The deliveries that this lease still held and that are recorded, and the number of devices removed.

    `paused` and `resumed` name the providers whose state changed by this batch.
    """

    delivery_ids: frozenset[UUID]
    removed_devices: int
    #: Devices that the guard against mass death brought back.
    returned_devices: int = 0
    #: Deliveries that had ended without these devices, and wait again.
    returned_deliveries: int = 0
    #: Addresses that get no more mail from now on.
    suppressed: int = 0
    paused: frozenset[str] = frozenset()
    resumed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """All that one settle statement records. `providers` and `deaths` are as in `channels.adapter.BatchReport`.

    `bounced` are the deliveries whose mailbox does not exist.
    """

    channel: str
    lease_id: UUID
    rows: Sequence[SettledRow]
    dead_devices: Sequence[DeadDevice] = ()
    providers: Mapping[str, str | None] = field(default_factory=dict)
    deaths: Sequence[Deaths] = ()
    bounced: Sequence[Bounced] = ()
    destinations: Sequence[DestinationReport] = ()


def settle(connection: Connection, result: BatchResult) -> Settled:
    """Record the rows that the lease still holds, remove dead devices unless they registered again, and note pauses.

    Addresses that bounced are suppressed, by a second statement that hardly any batch needs.
    """
    row = connection.execute(SETTLE_DELIVERIES, parameters(result)).one()
    devices, again = retired_devices.raise_devices(connection, row.tripped) if row.tripped else (0, 0)
    settled = frozenset(map(UUID, _listed(row.settled)))
    bounced = {each.address: each.said for each in result.bounced if each.delivery_id in settled}
    suppressed = suppress_bounced(connection, bounced) if bounced else 0
    return Settled(
        delivery_ids=settled,
        suppressed=suppressed,
        removed_devices=row.removed_devices,
        returned_devices=devices,
        returned_deliveries=again,
        paused=frozenset(_listed(row.paused)),
        resumed=frozenset(_listed(row.resumed)),
    )


def _listed(text_of_list: str | None) -> list[str]:
    return text_of_list.split(",") if text_of_list else []


def parameters(result: BatchResult) -> dict[str, object]:
    """Return the values that SETTLE_DELIVERIES takes."""
    return {
        "lease_id": result.lease_id,
        "channel": result.channel,
        "probe_seconds": PROBE_SECONDS,
        "kept_days": KEPT_DAYS,
        "providers": json_values.compact(
            [{"provider": name, "reason": reason} for name, reason in result.providers.items()]
        ),
        "outcomes": json_values.compact([row.as_json() for row in result.rows]),
        **retired_devices.parameters(result.dead_devices, result.deaths),
        **destinations.parameters(result.destinations),
    }
