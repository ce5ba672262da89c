"""Verification codes, and the log by which asking for them and trying them is limited."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

WINDOW = timedelta(hours=1)
#: What the log keeps beyond the window, for an operator who looks into an attack.
LOG_KEPT = timedelta(days=1)

#: Whoever counts one address or one source waits for whoever is counting it: else two at once would both find room.
TAKE_TURN = text("select pg_advisory_xact_lock(hashtextextended(:counted, 0))")

#: Attempts within the window, and when the oldest of them leaves it.
COUNT_BY_ADDRESS = text("""
    select count(*) as number, min(created_at) as oldest from sign_in_attempts
    where kind = 'send' and email = :counted and created_at > :since
""")
COUNT_BY_SOURCE = text("""
    select count(*) as number, min(created_at) as oldest from sign_in_attempts
    where source = :counted and created_at > :since
""")

LOG = text("""
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
WITHDRAW = text("""
    with attempt as (
      delete from sign_in_attempts where id = :attempt_id
    )
    delete from email_verification_codes where id = :code_id
""")

#: Count a try on the newest code, if it may still be tried. The row stays locked, so that tries come one after another.
TRY_NEWEST = text("""
    update email_verification_codes
    set attempts = attempts + 1
    where id = (
        select id from email_verification_codes where email = :address order by created_at desc, id desc limit 1
      )
      and used_at is null and expires_at > :now and attempts < :tries
    returning id, code_hash
""")

USE = text("update email_verification_codes set used_at = :now where id = :id and used_at is null returning id")


@dataclass(frozen=True, slots=True)
class Issued:
    """A code on its way to somebody, with the attempt that its sending counts as."""

    code_id: UUID
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """The code that a try is compared with."""

    id: UUID
    code_hash: str


def seconds_until_free(
    connection: Connection, *, address: str | None = None, source: str | None = None, limit: int, now: datetime
) -> float:
    """0 where the address, or the source, has made fewer attempts than `limit` within the window; else seconds to wait.

    The answer holds until this transaction ends.
    """
    counted = address or source
    count = COUNT_BY_ADDRESS if address else COUNT_BY_SOURCE
    connection.execute(TAKE_TURN, {"counted": counted})
    row = connection.execute(count, {"counted": counted, "since": now - WINDOW}).one()
    return (row.oldest + WINDOW - now).total_seconds() if row.number >= limit else 0.0


def log(connection: Connection, kind: str, *, address: str, source: str | None, now: datetime) -> UUID:
    """Log one attempt, `send` or `try`."""
    values = {"kind": kind, "address": address, "source": source, "now": now, "outdated": now - LOG_KEPT}
    attempt_id: UUID = connection.execute(LOG, values).scalar_one()
    return attempt_id


def add(connection: Connection, *, address: str, code_hash: str, expires_at: datetime, now: datetime) -> UUID:
    values = {"address": address, "code_hash": code_hash, "expires_at": expires_at, "now": now}
    code_id: UUID = connection.execute(ADD_CODE, values).scalar_one()
    return code_id


def withdraw(connection: Connection, issued: Issued) -> None:
    connection.execute(WITHDRAW, {"code_id": issued.code_id, "attempt_id": issued.attempt_id})


def try_newest(connection: Connection, address: str, *, tries: int, now: datetime) -> Candidate | None:
    """Count a try; None where the newest code is used, expired, or has had its `tries`."""
    row = connection.execute(TRY_NEWEST, {"address": address, "tries": tries, "now": now}).one_or_none()
    return Candidate(row.id, row.code_hash) if row else None


def use(connection: Connection, code_id: UUID, *, now: datetime) -> bool:
    """Whether this transaction is the one that used the code."""
    return connection.execute(USE, {"id": code_id, "now": now}).one_or_none() is not None
