"""Receipts: each request, its idempotency key, and its first answer; and the chunks of requests to large teams."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import correlation
from owlpost.domain import json_values
from owlpost.domain.brake import PLACED_BY, WHY
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueRequest, EnqueueResult
from owlpost.domain.value import dataclass

#: The fingerprint of a receipt that a cancellation left: the request that comes after it is told nobody.
CANCELLED = "cancelled"
#: Take the key if it is free. A second transaction with the same key waits here until the first ends.
OPEN_RECEIPT = text("""
    insert into notification_requests
      (key_source, idempotency_key, producer, body_hash, type, team_id, correlation_id, not_before, created_at)
    values (:key_source, :key, :producer, :body_hash, :type, cast(:team_id as uuid), :correlation_id,
            cast(:not_before as timestamptz), now())
    on conflict on constraint notification_requests_key do nothing
    returning id, brake_id
""")

#: What the brake on a producer adds: the hold of a request past the limit, open already or opened now. Requests at the same
#: time do not see each other, so a few more than the limit may pass.
_PRODUCER = "coalesce(producer, '') = coalesce(cast(:producer as text), '')"
OPEN_BRAKED_RECEIPT = text(f"""
    with open_hold as materialized (
      select id from holds where {_PRODUCER} and by_brake and ended_at is null
    ),
    past as materialized (
      select count(*) >= :per_producer as it_is from (
        select from notification_requests
        where {_PRODUCER} and created_at > now() - interval '1 minute'
        limit :per_producer
      ) recent
    ),
    opened as (
      insert into holds (producer, reason, created_by, created_at, by_brake)
      select cast(:producer as text), '{WHY}', '{PLACED_BY}', now(), true
      from past
      where it_is and not exists (select from open_hold) and not exists (
        select from notification_requests where key_source = :key_source and idempotency_key = :key
      )
      on conflict (coalesce(producer, '')) where by_brake and ended_at is null do update set reason = excluded.reason
      returning id
    )
    insert into notification_requests
      (key_source, idempotency_key, producer, body_hash, type, team_id, correlation_id, not_before, created_at, brake_id)
    values (:key_source, :key, :producer, :body_hash, :type, cast(:team_id as uuid), :correlation_id,
            cast(:not_before as timestamptz), now(),
            case when (select it_is from past) then coalesce((select id from open_hold), (select id from opened)) end)
    on conflict on constraint notification_requests_key do nothing
    returning id, brake_id
""")

#: The receipt under a key, with its first answer.
FIND_RECEIPT = text(f"""
    select r.id, r.body_hash, r.notifications, array_to_string(r.notification_ids, ',') as notification_ids, r.deliveries,
           r.rooms, r.unknown_user_ids, {correlation.OF_RECEIPT} as correlation_id, r.recalled_at is not null as is_recalled,
           exists (select from notification_request_chunks c where c.request_id = r.id) as continues
    from notification_requests r
    where r.key_source = :key_source and r.idempotency_key = :key
""")

#: Keep the request until its chunks are written, and list them: each begins at the user `start`.
OPEN_CHUNKS = text("""
    with request as (
      update notification_requests set unfinished = cast(:request as jsonb) where id = :request_id
    )
    insert into notification_request_chunks (request_id, number, first_user_id, end_user_id, queued_at)
    select :request_id, row_number() over (order by start), start, lead(start) over (order by start), now()
    from unnest(cast(string_to_array(:starts, ',') as uuid[])) as start
""")

#: Take a chunk that has not been written. A repeat of its message waits here, then finds nothing to take.
TAKE_CHUNK = text(f"""
    update notification_request_chunks c
    set stored_at = now()
    from notification_requests r
    where c.request_id = :request_id and c.number = :number and c.stored_at is null and r.id = c.request_id
    returning c.first_user_id, c.end_user_id, r.unfinished, r.brake_id, r.recalled_at is not null as is_recalled,
              {correlation.OF_RECEIPT} as correlation_id
""")

#: Record what the chunk wrote. The request's content is no longer needed after its last chunk.
CLOSE_CHUNK = text("""
    with chunk as (
      update notification_request_chunks
      set notifications = :notifications, deliveries = cast(:deliveries as jsonb)
      where request_id = :request_id and number = :number
    )
    update notification_requests r
    set unfinished = null
    where r.id = :request_id and not exists (
      select from notification_request_chunks c where c.request_id = r.id and c.stored_at is null
    )
""")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The first answer to a request, and the fingerprint of its body."""

    body_hash: str
    answer: EnqueueResult
    correlation_id: str
    is_recalled: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of user ids of a team, from `first` up to but without `end`, and the request that tells them."""

    request_id: UUID
    number: int
    first: UUID
    end: UUID | None
    request: EnqueueRequest
    correlation_id: str
    is_recalled: bool = False
    brake_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A new receipt. `brake_id` is the brake's hold if the request is past its producer's limit."""

    id: UUID
    brake_id: UUID | None


def open_receipt(
    connection: Connection,
    *,
    key: Key,
    body_hash: str,
    type_: str,
    team_id: UUID | None,
    producer: str | None,
    correlation_id: str | None,
    not_before: datetime | None = None,
    per_producer: int | None = None,
) -> Opened | None:
    """Open a receipt; None if the key is taken. Past `per_producer` requests a minute, the brake holds what it tells."""
    row = connection.execute(
        OPEN_RECEIPT if per_producer is None else OPEN_BRAKED_RECEIPT,
        {
            **({} if per_producer is None else {"per_producer": per_producer}),
            "key_source": key.source,
            "key": key.stored,
            "producer": producer,
            "body_hash": body_hash,
            "type": type_,
            "team_id": team_id,
            "correlation_id": correlation_id,
            "not_before": not_before,
        },
    ).one_or_none()
    return Opened(row.id, row.brake_id) if row else None


def find_receipt(connection: Connection, key: Key) -> Receipt:
    """Return the receipt under a key that is known to be taken."""
    row = connection.execute(FIND_RECEIPT, {"key_source": key.source, "key": key.stored}).one()
    return Receipt(
        body_hash=row.body_hash,
        answer=EnqueueResult(
            request_id=row.id,
            duplicate=True,
            notifications=row.notifications,
            notification_ids=tuple(UUID(value) for value in row.notification_ids.split(",") if value),
            deliveries=row.deliveries,
            rooms=row.rooms,
            unknown_user_ids=row.unknown_user_ids,
            continues=row.continues,
        ),
        correlation_id=row.correlation_id,
        is_recalled=row.is_recalled,
    )


def open_chunks(connection: Connection, *, request_id: UUID, request: EnqueueRequest, starts: Sequence[str]) -> None:
    """List the chunks that begin at these user ids, numbered from 1."""
    connection.execute(
        OPEN_CHUNKS,
        {
            "request_id": request_id,
            "request": request.model_dump_json(exclude_none=True),
            "starts": ",".join(starts),
        },
    )


def take_chunk(connection: Connection, *, request_id: UUID, number: int) -> Chunk | None:
    """Take a chunk for this transaction. Return None if it has been written before or was never listed."""
    row = connection.execute(TAKE_CHUNK, {"request_id": request_id, "number": number}).one_or_none()
    if row is None:
        return None
    request = EnqueueRequest.model_validate(row.unfinished)
    return Chunk(
        request_id,
        number,
        row.first_user_id,
        row.end_user_id,
        request,
        row.correlation_id,
        row.is_recalled,
        row.brake_id,
    )


def close_chunk(connection: Connection, chunk: Chunk, *, notifications: int, deliveries: dict[str, int]) -> None:
    """Record what the chunk wrote, and forget the request's content after its last chunk."""
    connection.execute(
        CLOSE_CHUNK,
        {
            "request_id": chunk.request_id,
            "number": chunk.number,
            "notifications": notifications,
            "deliveries": json_values.compact(deliveries),
        },
    )
