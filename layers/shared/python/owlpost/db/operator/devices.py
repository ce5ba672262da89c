"""List a person's devices for an operator. A token opens the way to a phone: only its end is shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows

LIST_DEVICES = text("""
    select id, channel, platform, environment, app_version, device_model, os_version, registered_at, last_seen_at,
           right(token, 6) as token_end
    from user_devices
    where user_id = :user_id
    order by last_seen_at desc, id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    id: UUID
    channel: str
    platform: str
    environment: str
    app_version: str | None
    device_model: str | None
    os_version: str | None
    registered_at: datetime
    last_seen_at: datetime
    token_end: str


def of_person(connection: Connection, user_id: UUID) -> list[DeviceRecord]:
    """Return the person's devices, the one seen last first."""
    return rows.values(DeviceRecord, connection.execute(LIST_DEVICES, {"user_id": user_id}))
