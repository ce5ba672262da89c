"""Queries of destinations whose owner has followed a link, or blocked us, as their provider tells."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.domain.destinations import DestinationState
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: The token is worth nothing after its first use, and after its time.
FIND_LINK = text("""
    select id, user_id from destinations
    where channel = :channel and verify_hash = :verify_hash and verify_until > now()
    for update
""")
#: Whoever follows a link waits for whoever is connecting the same address.
LOCK_ADDRESS = text(
    "select pg_advisory_xact_lock(hashtextextended('owlpost.destinations:' || :channel || :fingerprint, 0))"
)
#: An address that one owner alone has moves to whoever connects it last.
TAKE_OVER = text("""
    delete from destinations
    where channel = :channel and fingerprint = any(string_to_array(:fingerprints, ',')) and id <> :id
      and (exclusive or user_id = :user_id)
""")
CONNECT = text("""
    update destinations
    set sealed = :sealed, fingerprint = :fingerprint, exclusive = true, label = :label, state = 'live', verified_at = now(),
        registered_at = now(), last_seen_at = now(), verify_hash = null, verify_until = null, dead_at = null,
        failing_since = null, failures = 0
    where id = :id and user_id = :user_id
""")

_OF_CHAT = "channel = :channel and fingerprint = any(string_to_array(:fingerprints, ','))"
#: `at` is of Telegram's clock and a whole second. What was told before the chat was connected, or was taken back, is over. What
#: is off by choice stays off. No mail is due: its owner did this.
BLOCK = text(f"""
    update destinations
    set state = '{DestinationState.DEAD}', dead_at = to_timestamp(:at),
        last_error = '{Reason.CHAT_BLOCKED}', last_error_at = now()
    where {_OF_CHAT} and state = '{DestinationState.LIVE}' and date_trunc('second', registered_at) <= to_timestamp(:at)
""")
#: Whatever it died of, it can be told again. One that lives remembers when, for a block of before that comes late; and so that
#: an answer to what was sent before does not end it.
UNBLOCK = text(f"""
    update destinations
    set state = '{DestinationState.LIVE}', dead_at = null, failing_since = null, failures = 0,
        registered_at = greatest(registered_at, to_timestamp(:at))
    where {_OF_CHAT} and (state = '{DestinationState.LIVE}'
                          or state = '{DestinationState.DEAD}' and date_trunc('second', dead_at) <= to_timestamp(:at))
""")


@dataclass(frozen=True, slots=True)
class Link:
    """The destination that somebody asked to connect by a link."""

    id: UUID
    user_id: UUID


def find(connection: Connection, channel: str, verify_hash: str) -> Link | None:
    """Return the destination of a link that still counts, and lock it until the transaction ends."""
    row = connection.execute(FIND_LINK, {"channel": channel, "verify_hash": verify_hash}).one_or_none()
    return Link(row.id, row.user_id) if row else None


def connect(
    connection: Connection, channel: str, link: Link, *, sealed: str, fingerprints: Sequence[str], label: str
) -> None:
    """Connect the address that is sealed. `fingerprints` are those under each key, the newest first."""
    values = {"channel": channel, "id": link.id, "user_id": link.user_id, "fingerprint": fingerprints[0]}
    connection.execute(LOCK_ADDRESS, values)
    connection.execute(TAKE_OVER, {**values, "fingerprints": ",".join(fingerprints)})
    connection.execute(CONNECT, {**values, "sealed": sealed, "label": label})


def block(connection: Connection, channel: str, fingerprints: Sequence[str], *, at: int) -> None:
    """End the live destination of these fingerprints, blocked at a second."""
    connection.execute(BLOCK, {"channel": channel, "fingerprints": ",".join(fingerprints), "at": at})


def unblock(connection: Connection, channel: str, fingerprints: Sequence[str], *, at: int) -> None:
    """Let the dead destination of these fingerprints live again, since a second."""
    connection.execute(UNBLOCK, {"channel": channel, "fingerprints": ",".join(fingerprints), "at": at})
