"""List a person's devices for an operator. A token opens the way to a phone: only its end is shown."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.value import dataclass

LIST_DEVICES = text("""
    select id, channel, platform, environment, app_version, device_model, os_version, registered_at, last_seen_at,
           right(token, 6) as token_end, retired_at
    from (
      select id, channel, platform, environment, app_version, device_model, os_version, registered_at, last_seen_at, token,
             cast(null as timestamptz) as retired_at
      from user_devices where user_id = :user_id
      union all
      select id, channel, platform, environment, app_version, device_model, os_version, registered_at, last_seen_at, token,
             retired_at
      from retired_devices r
      where user_id = :user_id and not exists (select from user_devices v where v.id = r.id)
    ) device
    order by retired_at desc nulls first, last_seen_at desc, id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """`retired_at` is when the provider called the token dead; such a device is kept for a while, and gets nothing."""

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
    retired_at: datetime | None


def of_person(connection: Connection, user_id: UUID) -> list[DeviceRecord]:
    """Return the person's devices, the one seen last first, then those that died lately."""
    return rows.values(DeviceRecord, connection.execute(LIST_DEVICES, {"user_id": user_id}))
