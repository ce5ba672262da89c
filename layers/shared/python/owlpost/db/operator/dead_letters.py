"""Look up the rows that dead letters are about."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

FIND_FAILED_DELIVERIES = text("""
    select coalesce(string_agg(cast(id as text), ','), '')
    from notification_deliveries
    where status = 'failed' and id = any(cast(string_to_array(:ids, ',') as uuid[]))
""")

#: SQS keeps a message's id when it moves the message to the dead-letter queue, and the id was the request's key.
FIND_STORED_REQUESTS = text("""
    select coalesce(string_agg(idempotency_key, ','), '')
    from notification_requests
    where key_source = 'sqs' and idempotency_key = any(string_to_array(:message_ids, ','))
""")


def still_failed(connection: Connection, delivery_ids: Sequence[UUID]) -> frozenset[UUID]:
    ids = connection.execute(FIND_FAILED_DELIVERIES, {"ids": ",".join(map(str, delivery_ids))}).scalar_one()
    return frozenset(map(UUID, filter(None, ids.split(","))))


def already_stored(connection: Connection, message_ids: Sequence[str]) -> frozenset[str]:
    """Return the message ids under which a request was accepted."""
    ids = connection.execute(FIND_STORED_REQUESTS, {"message_ids": ",".join(message_ids)}).scalar_one()
    return frozenset(filter(None, ids.split(",")))
