"""Verification codes, and the log of attempts that the rate limits count."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from owlpost.db import rows
from owlpost.domain.value import dataclass

#: Attempts stay in the log beyond the windows, so that an operator can investigate an attack.
LOG_KEPT = timedelta(days=2)

#: Serialise counting per address or source; otherwise two requests could both pass the limit.
LOCK_COUNTER = text("select pg_advisory_xact_lock(hashtextextended(:counted, 0))")

#: The time of the attempt that has to leave the window before another one fits; no row if one fits now. Codes that a known
#: browser asked for count by that browser, all others by the address.
FIND_LIMITING_SEND = text("""
    select created_at from sign_in_attempts
    where kind = 'send' and email = :counted and browser_hash is not distinct from cast(:browser_hash as text)
      and created_at > :since
    order by created_at desc
    offset :limit - 1 limit 1
""")
FIND_LIMITING_ATTEMPT_OF_SOURCE = text("""
    select created_at from sign_in_attempts
    where source = :counted and created_at > :since
    order by created_at desc
    offset :limit - 1 limit 1
""")

ADD_ATTEMPT = text("""
    with outdated as (
      delete from sign_in_attempts where created_at < :outdated
    )
    insert into sign_in_attempts (kind, email, source, browser_hash, created_at)
    values (:kind, :address, :source, :browser_hash, :now)
""")

ADD_CODE = text("""
    insert into email_verification_codes (email, code_hash, browser_hash, expires_at, created_at)
    values (:address, :code_hash, :browser_hash, :expires_at, :now)
    returning id
""")

DELETE_CODE = text("delete from email_verification_codes where id = :code_id")

#: Count a try on the last two codes that are open. A try in the browser that asked for a code counts apart from all others.
#: The rows are locked in one order and stay locked, so concurrent tries run one by one.
TRY_CODES = text("""
    with newest as (
      select id from email_verification_codes where email = :address order by created_at desc, id desc limit :valid
    ),
    open as (
      select id, coalesce(browser_hash = cast(:browser_hash as text), false) as own
      from email_verification_codes
      where id in (select id from newest) and used_at is null and expires_at > :now
      order by id
      for update
    )
    update email_verification_codes code
    set attempts = code.attempts + case when open.own then 0 else 1 end,
        own_attempts = code.own_attempts + case when open.own then 1 else 0 end
    from open
    where code.id = open.id
    returning code.id, code.code_hash, case when open.own then code.own_attempts else code.attempts end as tries
""")

#: The codes that a sign-in ends: the one that was used, and the other one that was still open.
USE_CODES = text("update email_verification_codes set used_at = :now where email = :address and used_at is null")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored code that a try is compared with, and the tries it has had, this one included."""

    id: UUID
    code_hash: str
    tries: int


def seconds_until_send(
    connection: Connection, address: str, *, browser_hash: str | None, limit: int, window: timedelta, now: datetime
) -> float:
    """Return 0 if the address has asked for fewer codes than `limit` within the window, else the seconds to wait.

    The result stays true until this transaction ends. With `browser_hash`, only the codes of that browser count.
    """
    values = {"counted": address, "browser_hash": browser_hash, "limit": limit, "since": now - window}
    return _seconds_until(connection, FIND_LIMITING_SEND, values, window=window, now=now)


def seconds_until_attempt(
    connection: Connection, source: str, *, limit: int, window: timedelta, now: datetime
) -> float:
    """Return 0 if the source has made fewer attempts than `limit` within the window, else the seconds to wait."""
    values = {"counted": source, "limit": limit, "since": now - window}
    return _seconds_until(connection, FIND_LIMITING_ATTEMPT_OF_SOURCE, values, window=window, now=now)


def _seconds_until(
    connection: Connection, statement: TextClause, values: dict[str, Any], *, window: timedelta, now: datetime
) -> float:
    connection.execute(LOCK_COUNTER, {"counted": values["counted"]})
    oldest: datetime | None = connection.execute(statement, values).scalar()
    return (oldest + window - now).total_seconds() if oldest else 0.0


def log(
    connection: Connection,
    kind: str,
    *,
    address: str,
    source: str | None,
    browser_hash: str | None = None,
    now: datetime,
) -> None:
    """Log one attempt, `send` or `try`."""
    values = {
        "kind": kind,
        "address": address,
        "source": source,
        "browser_hash": browser_hash,
        "now": now,
        "outdated": now - LOG_KEPT,
    }
    connection.execute(ADD_ATTEMPT, values)


def add(
    connection: Connection,
    *,
    address: str,
    code_hash: str,
    browser_hash: str | None,
    expires_at: datetime,
    now: datetime,
) -> UUID:
    """Add a code for an address; return its id."""
    values = {
        "address": address,
        "code_hash": code_hash,
        "browser_hash": browser_hash,
        "expires_at": expires_at,
        "now": now,
    }
    code_id: UUID = connection.execute(ADD_CODE, values).scalar_one()
    return code_id


def withdraw(connection: Connection, code_id: UUID) -> None:
    """Delete a code that reached nobody, so that the one before it counts as the newest again."""
    connection.execute(DELETE_CODE, {"code_id": code_id})


def try_codes(
    connection: Connection, address: str, *, browser_hash: str | None, valid: int, now: datetime
) -> list[Candidate]:
    """Count a try on those of the last `valid` codes that are neither used nor expired; return them."""
    values = {"address": address, "browser_hash": browser_hash, "valid": valid, "now": now}
    return rows.values(Candidate, connection.execute(TRY_CODES, values))


def use(connection: Connection, address: str, *, now: datetime) -> None:
    """End all codes of an address. The caller holds the lock on the one that was used, from `try_codes`."""
    connection.execute(USE_CODES, {"address": address, "now": now})
