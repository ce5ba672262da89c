"""Verification codes, and the log of attempts that the rate limits count."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

WINDOW = timedelta(hours=1)
#: Attempts stay in the log beyond the window, so that an operator can investigate an attack.
LOG_KEPT = timedelta(days=1)

#: Serialise counting per address or source; otherwise two requests could both pass the limit.
LOCK_COUNTER = text("select pg_advisory_xact_lock(hashtextextended(:counted, 0))")

#: The number of attempts within the window, and the time of the oldest one.
COUNT_BY_ADDRESS = text("""
    select count(*) as number, min(created_at) as oldest from sign_in_attempts
    where kind = 'send' and email = :counted and created_at > :since
""")
COUNT_BY_SOURCE = text("""
    select count(*) as number, min(created_at) as oldest from sign_in_attempts
    where source = :counted and created_at > :since
""")

ADD_ATTEMPT = text("""
    with outdated as (
      delete from sign_in_attempts where created_at < :outdated
    )
    insert into sign_in_attempts (kind, email, source, created_at) values (:kind, :address, :source, :now)
    returning id
""")

ADD_CODE = text("""
    insert into email_verification_codes (email, code_hash, expires_at, created_at)
    values (:address, :code_hash, :expires_at, :now)
    returning id
""")

#: A code that reached nobody leaves no trace: the one before it serves again, and the slot is free.
DELETE_CODE = text("""
    with attempt as (
      delete from sign_in_attempts where id = :attempt_id
    )
    delete from email_verification_codes where id = :code_id
""")

#: Count a try on the newest code, if the code is still open. The row stays locked, so concurrent tries run one by one.
TRY_NEWEST = text("""
    update email_verification_codes
    set attempts = attempts + 1
    where id = (
        select id from email_verification_codes where email = :address order by created_at desc, id desc limit 1
      )
      and used_at is null and expires_at > :now and attempts < :tries
    returning id, code_hash
""")

USE_CODE = text("update email_verification_codes set used_at = :now where id = :id and used_at is null returning id")


@dataclass(frozen=True, slots=True)
class Issued:
    """A code that is being mailed, and the logged attempt that counts it."""

    code_id: UUID
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored code that a try is compared with."""

    id: UUID
    code_hash: str


def seconds_until_free(
    connection: Connection, *, address: str | None = None, source: str | None = None, limit: int, now: datetime
) -> float:
    """Return 0 if the address or source made fewer attempts than `limit` within the window, else the seconds to wait.

    The result stays true until this transaction ends.
    """
    counted = address or source
    count = COUNT_BY_ADDRESS if address else COUNT_BY_SOURCE
    connection.execute(LOCK_COUNTER, {"counted": counted})
    row = connection.execute(count, {"counted": counted, "since": now - WINDOW}).one()
    return (row.oldest + WINDOW - now).total_seconds() if row.number >= limit else 0.0


def log(connection: Connection, kind: str, *, address: str, source: str | None, now: datetime) -> UUID:
    """Log one attempt, `send` or `try`; return its id."""
    values = {"kind": kind, "address": address, "source": source, "now": now, "outdated": now - LOG_KEPT}
    attempt_id: UUID = connection.execute(ADD_ATTEMPT, values).scalar_one()
    return attempt_id


def add(connection: Connection, *, address: str, code_hash: str, expires_at: datetime, now: datetime) -> UUID:
    values = {"address": address, "code_hash": code_hash, "expires_at": expires_at, "now": now}
    code_id: UUID = connection.execute(ADD_CODE, values).scalar_one()
    return code_id


def withdraw(connection: Connection, issued: Issued) -> None:
    connection.execute(DELETE_CODE, {"code_id": issued.code_id, "attempt_id": issued.attempt_id})


def try_newest(connection: Connection, address: str, *, tries: int, now: datetime) -> Candidate | None:
    """Count a try. Return None if the newest code is used, expired, or has been tried `tries` times."""
    row = connection.execute(TRY_NEWEST, {"address": address, "tries": tries, "now": now}).one_or_none()
    return Candidate(row.id, row.code_hash) if row else None


def use(connection: Connection, code_id: UUID, *, now: datetime) -> bool:
    """Mark the code as used. Return False if another transaction was first."""
    return connection.execute(USE_CODE, {"id": code_id, "now": now}).one_or_none() is not None
