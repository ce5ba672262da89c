"""Queries of tests that a person sends to their phones. Each holds to the person by its own predicate."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.people.destinations import LOCK_OWNER
from owlpost.domain.destinations import MOST_TESTS_A_DAY, TEST_EVERY, TEST_TYPE
from owlpost.domain.value import dataclass

#: A test goes to all phones of the person, as every push does. Those to destinations count for the day as well.
_TESTS = f"""
      from notifications n
      join notification_deliveries d on d.notification_id = n.id
      where n.user_id = :user_id and n.type = '{TEST_TYPE}' and not n.in_app"""
FIND_LAST = text(f"""
    select n.created_at as at, d.status, d.error{_TESTS} and d.channel = :channel
    order by n.created_at desc limit 1
""")
#: No phone, a moment ago, or too often today: nothing is written.
ADD_TEST = text(f"""
    with told as (
      insert into notifications (id, user_id, type, title, body, data, in_app, created_at, request_id)
      select owlpost_uuid7(), :user_id, '{TEST_TYPE}', :title, :body, '{{}}', false, now(), :request_id
      where exists (select from user_devices v where v.user_id = :user_id and v.channel = :channel)
        and not exists (
          select{_TESTS} and d.channel = :channel
            and n.created_at > now() - make_interval(secs => {TEST_EVERY.total_seconds():.0f})
        )
        and (select count(*){_TESTS} and n.created_at > now() - interval '1 day') < {MOST_TESTS_A_DAY}
      returning id
    )
    insert into notification_deliveries (id, notification_id, channel, status, created_at, queued_at, decided_by)
    select owlpost_uuid7(), told.id, :channel, 'pending', now(), now(), 'mandatory'
    from told
    returning id
""")
HAS_DEVICE = text("select exists (select from user_devices where user_id = :user_id and channel = :channel)")


@dataclass(frozen=True, slots=True)
class DeviceTest:
    """The last test of a person's phones: the status of its delivery, and its reason if it did not go out."""

    at: datetime
    status: str
    error: str | None


def last(connection: Connection, user_id: UUID, channel: str) -> DeviceTest | None:
    """Return the last test, None if there was none that is still kept."""
    row = connection.execute(FIND_LAST, {"user_id": user_id, "channel": channel}).one_or_none()
    return rows.value(DeviceTest, row) if row else None


def has_device(connection: Connection, user_id: UUID, channel: str) -> bool:
    return bool(connection.execute(HAS_DEVICE, {"user_id": user_id, "channel": channel}).scalar_one())


def add(connection: Connection, user_id: UUID, channel: str, *, request_id: UUID, title: str, body: str) -> UUID | None:
    """Write a test. Return the id of its delivery; None if there is no phone, or it came too soon or too often."""
    connection.execute(LOCK_OWNER, {"owner": str(user_id)})
    values = {
        "user_id": user_id,
        "channel": channel,
        "title": title,
        "body": body,
        "request_id": request_id,
    }
    delivery_id: UUID | None = connection.execute(ADD_TEST, values).scalar_one_or_none()
    return delivery_id
