"""The canary's rows: its person and device, what became of canaries, and how other queries leave them out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from owlpost.db import rows
from owlpost.domain import json_values
from owlpost.domain.canary import CANARY_ID, Flight
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: https://www.postgresql.org/docs/current/errcodes-appendix.html
FOREIGN_KEY_VIOLATION = "23503"
#: Canaries' notifications: a day's, found by an index, as none is shown in an inbox.
_TOLD = f"select told.id from notifications told where told.user_id = '{CANARY_ID}' and not told.in_app"


def not_canary(notification: str) -> str:
    """Return the condition that leaves canaries out of what is counted; `notification` is the column with that id."""
    return f"{notification} not in ({_TOLD})"


#: The function belongs to the owner: no role of ours may add an account or change one.
PLACE_PERSON = text("select owlpost_place_canary(:address, cast(:preferences as jsonb))")
RETIRE_PERSON = text("select owlpost_retire_canary()")
#: A device of a person stays theirs: then no row comes back.
PLACE_DEVICE = text(f"""
    with former as (
      delete from user_devices where user_id = '{CANARY_ID}' and token <> :token
    )
    insert into user_devices as known (user_id, platform, token, environment, last_seen_at, created_at, registered_at)
    values ('{CANARY_ID}', :platform, :token, :environment, now(), now(), now())
    on conflict on constraint user_devices_token_key do update
      set platform = excluded.platform, environment = excluded.environment, last_seen_at = now()
      where known.user_id = '{CANARY_ID}'
    returning id
""")
REMOVE_DEVICES = text(f"delete from user_devices where user_id = '{CANARY_ID}'")
IS_TAKEN = text("select exists (select from users where lower(email) = lower(:address) and id <> :id)")

#: A canary that was taken back tells by the attempt before that why it did not come through.
LIST_FLIGHTS = text(f"""
    select d.channel, d.created_at, d.status, d.attempted_at as sent_at,
           case when d.error = '{Reason.RECALLED}' then d.attempt_metadata #>> '{{history,-2,reason}}'
             else coalesce(d.waits_for, d.error) end as reason,
           cast(d.attempt_metadata #>> '{{provider_events,delivered,at}}' as timestamptz) as delivered_at
    from notifications n
    join notification_deliveries d on d.notification_id = n.id
    where n.user_id = '{CANARY_ID}' and n.created_at >= :since
    order by d.created_at desc, d.channel
""")
FIND_PENDING = text(f"""
    select distinct n.request_id
    from notifications n
    join notification_deliveries d on d.notification_id = n.id
    where n.user_id = '{CANARY_ID}' and not n.in_app and d.status = 'pending' and d.created_at < :before
""")


@dataclass(frozen=True, slots=True)
class CanaryDevice:
    token: str
    platform: str
    environment: str


def is_taken(connection: Connection, address: str) -> bool:
    """Return whether the address is a person's."""
    return bool(connection.execute(IS_TAKEN, {"address": address, "id": CANARY_ID}).scalar_one())


def place_person(connection: Connection, address: str, channels: tuple[str, ...]) -> None:
    """Have the reserved person at this address, with canaries on these channels alone."""
    chosen = {"notifications": {"types": {"canary": dict.fromkeys(channels, True)}}}
    connection.execute(PLACE_PERSON, {"address": address, "preferences": json_values.compact(chosen)})


def place_device(connection: Connection, device: CanaryDevice | None) -> bool:
    """Have this device as the canary's only one, or none. Return False if it is a person's."""
    if device is None:
        connection.execute(REMOVE_DEVICES)
        return True
    values = {"token": device.token, "platform": device.platform, "environment": device.environment}
    return connection.execute(PLACE_DEVICE, values).one_or_none() is not None


def flights(connection: Connection, *, since: datetime) -> list[Flight]:
    """Return the canaries since then, newest first."""
    return rows.values(Flight, connection.execute(LIST_FLIGHTS, {"since": since}))


def pending_requests(connection: Connection, *, before: datetime) -> list[UUID]:
    """Return the requests of canaries that are older and have not ended."""
    return list(connection.execute(FIND_PENDING, {"before": before}).scalars())


def retire_person(connection: Connection) -> bool:
    """Remove the reserved person where no canary is left; return False if a table of the host refers to it, which forbids that.

    Its device goes as that of anybody whose account has gone.
    """
    try:
        with connection.begin_nested():
            connection.execute(RETIRE_PERSON)
    except DBAPIError as error:
        said = error.orig.args[0] if error.orig and error.orig.args else None
        if not isinstance(said, dict) or said.get("C") != FOREIGN_KEY_VIOLATION:
            raise
        return False
    return True
