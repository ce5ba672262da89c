"""Queries of push devices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.devices import RegisteredDevice, Registration

_COLUMNS = "id, channel, platform, environment, app_version, device_model, os_version, last_seen_at, created_at"

_SAME_OWNER = "known.user_id = excluded.user_id"

#: A token belongs to the person who registered it last. The same owner keeps the id and the metadata that a registration
#: leaves out; a new owner sees nothing of the former one. A person keeps the `:most` devices seen last. The delete counts to
#: one less, because it does not see the row of its own statement.
REGISTER_DEVICE = text(f"""
    with former as (
      select u.email, u.preferences ->> 'locale' as locale from user_devices d join users u on u.id = d.user_id
      where d.token = :token and d.user_id <> :user_id
    ),
    registered as (
      insert into user_devices as known (
        user_id, channel, platform, token, environment, app_version, device_model, os_version,
        last_seen_at, created_at, registered_at
      ) values (
        :user_id, :channel, :platform, :token, :environment, :app_version, :device_model, :os_version, :now, :now, :now
      )
      on conflict on constraint user_devices_token_key do update
      set user_id = excluded.user_id, channel = excluded.channel, platform = excluded.platform,
          environment = excluded.environment,
          id = case when {_SAME_OWNER} then known.id else excluded.id end,
          created_at = case when {_SAME_OWNER} then known.created_at else excluded.created_at end,
          app_version = coalesce(excluded.app_version, case when {_SAME_OWNER} then known.app_version end),
          device_model = coalesce(excluded.device_model, case when {_SAME_OWNER} then known.device_model end),
          os_version = coalesce(excluded.os_version, case when {_SAME_OWNER} then known.os_version end),
          last_seen_at = excluded.last_seen_at, registered_at = excluded.registered_at, doubted_at = null
      returning {_COLUMNS}
    ),
    crowded_out as (
      delete from user_devices
      where id in (
        select id from user_devices
        where user_id = :user_id and token <> :token
        order by last_seen_at desc, id desc
        offset :most - 1
      )
    )
    select registered.*, former.email as former_owner, former.locale as former_locale from registered left join former on true
""")

LIST_DEVICES = text(f"select {_COLUMNS} from user_devices where user_id = :user_id order by last_seen_at desc, id desc")

#: A device that was retired is deleted, too: it must not come back to somebody who signed out.
DELETE_DEVICE = text("""
    with forgotten as (
      delete from retired_devices where id = :id and user_id = :user_id
    )
    delete from user_devices where id = :id and user_id = :user_id returning id
""")


def register(
    connection: Connection, user_id: UUID, registration: Registration, *, most: int, now: datetime
) -> tuple[RegisteredDevice, tuple[str, str | None] | None]:
    """Return the device, and the address and locale of its former owner if it belonged to another account until now."""
    values = {
        "user_id": user_id,
        "channel": registration.channel,
        "platform": registration.platform,
        "token": registration.token,
        "environment": registration.environment,
        "app_version": registration.app_version,
        "device_model": registration.device_model,
        "os_version": registration.os_version,
        "most": most,
        "now": now,
    }
    row = connection.execute(REGISTER_DEVICE, values).one()
    former = (row.former_owner, row.former_locale) if row.former_owner else None
    return rows.value(RegisteredDevice, row), former


def all_of(connection: Connection, user_id: UUID) -> list[RegisteredDevice]:
    """Return the person's devices, the last seen one first."""
    return rows.values(RegisteredDevice, connection.execute(LIST_DEVICES, {"user_id": user_id}))


def delete(connection: Connection, user_id: UUID, id_: UUID) -> bool:
    """Return whether the person had such a device."""
    return connection.execute(DELETE_DEVICE, {"user_id": user_id, "id": id_}).one_or_none() is not None
