"""The mails and pushes that the fakes accepted, in an SQLite file that outlives their process.

A push costs one append to a list; rows are written in batches by `flush`, which the server calls every 50 ms and each query
calls first. `synchronous=off`: a crash of the machine may lose rows, SIGTERM and a kill of everything else may not.
"""

import json
import sqlite3
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.local.providers.search_words import has_words

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
create table if not exists accepted (
  id integer primary key, at real not null, channel text not null, provider text not null, recipient text not null,
  provider_id text, idempotency_key text, delivery_id text, notification_id text, collapse_id text,
  subject text, title text, text text, html text, headers text not null, payload text);
create index if not exists accepted_channel on accepted (channel, recipient);
create table if not exists idempotency (
  key text primary key, fingerprint text not null, status integer not null, body blob not null, expires_at real not null);
"""

# A mail names its delivery in a header of ours; one that names none (a verification code) may be sent any number of times.
DUPLICATE_MAILS = """
select delivery_id, recipient, count(*) as times from accepted
where channel = 'email' and delivery_id is not null group by delivery_id, recipient having count(*) > 1"""

SAME_COLLAPSE_ID = """
select recipient, collapse_id, count(*) as times from accepted
where channel = 'mobile_push' and collapse_id is not null group by recipient, collapse_id having count(*) > 1"""

# The worse kind: a repeat that does not replace the first on the screen. No collapse id at all replaces nothing either.
TWO_COLLAPSE_IDS = """
select recipient, notification_id, count(distinct coalesce(collapse_id, id)) as times from accepted
where channel = 'mobile_push' and notification_id is not null group by recipient, notification_id
having count(distinct coalesce(collapse_id, id)) > 1"""

# A receiver knows a repeat by its id: what it takes twice had two.
DUPLICATE_WEBHOOKS = """
select delivery_id, recipient, count(*) as times from accepted
where channel = 'webhook' group by delivery_id, recipient having count(*) > 1"""

# A chat knows no repeat, and its reader is told twice. Of what names no delivery, the same words in the same room are one.
DUPLICATE_CHATS = """
select channel, recipient, count(*) as times from accepted
where channel in ('slack', 'teams', 'discord', 'telegram')
group by channel, recipient, coalesce(delivery_id, payload) having count(*) > 1"""


class Accepted(NamedTuple):
    """One mail or push that a provider took; `at` is in epoch seconds, `payload` the JSON as it came, of a mail its tags."""

    at: float
    channel: str
    provider: str
    recipient: str
    provider_id: str
    idempotency_key: str | None = None
    delivery_id: str | None = None
    notification_id: str | None = None
    collapse_id: str | None = None
    subject: str | None = None
    title: str | None = None
    text: str | None = None
    html: str | None = None
    headers: str = "{}"
    payload: str | None = None


INSERT = f"insert into accepted ({', '.join(Accepted._fields)}) values ({', '.join('?' * len(Accepted._fields))})"  # noqa: S608 (names of our own fields)


class Remembered(NamedTuple):
    """The first answer to an idempotency key, and the fingerprint of its payload."""

    fingerprint: str
    status: int
    body: bytes


class Ledger:
    """The accepted mails and pushes, and Resend's memory of idempotency keys; safe to use from several threads."""

    def __init__(self, path: "Path") -> None:
        self._lock = RLock()
        self._buffer: list[Accepted] = []
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.create_function("has_words", -1, has_words, deterministic=True)
        self._database.executescript(f"pragma journal_mode = wal; pragma synchronous = off; {SCHEMA}")

    def record(self, accepted: Accepted) -> None:
        """Record one accepted message. The next flush writes it."""
        with self._lock:
            self._buffer.append(accepted)

    def flush(self) -> None:
        """Write the records since the last flush."""
        with self._lock:
            rows, self._buffer = self._buffer, []
            if rows:
                self._database.execute("begin")
                self._database.executemany(INSERT, rows)
                self._database.execute("commit")

    def remember(self, key: str, answer: Remembered, *, expires_at: float) -> None:
        """Keep the first answer to an idempotency key until `expires_at` (epoch seconds), with the mails it stands for."""
        with self._lock:
            self.flush()
            self._database.execute(
                "insert or replace into idempotency values (?, ?, ?, ?, ?)", (key, *answer, expires_at)
            )

    def recall(self, key: str, *, now: float) -> Remembered | None:
        """Return the answer kept for an idempotency key, unless its time is over."""
        with self._lock:
            row = self._database.execute(
                "select fingerprint, status, body from idempotency where key = ? and expires_at > ?", (key, now)
            ).fetchone()
        return Remembered(*row) if row else None

    def accepted(self, *, limit: int | None = None) -> list[dict[str, Any]]:
        """Return every accepted message in all its columns, newest first."""
        rows = self._select("select * from accepted order by id desc limit ?", -1 if limit is None else limit)
        return [_read(row) for row in rows]

    def messages(self, *, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest messages as the mailbox shows them, each with the fields that apply to its channel."""
        return [_message(row) for row in self.accepted(limit=limit)]

    def messages_of(self, *, delivery: str = "", notification: str = "", limit: int) -> list[dict[str, Any]]:
        """Return the mails of a delivery and the pushes of a notification, newest first, as the mailbox shows them."""
        rows = self._select(
            "select * from accepted where delivery_id = ? or (notification_id = ? and channel <> 'email')"
            " order by id desc limit ?",
            *(delivery, notification, limit),
        )
        return [_message(_read(row)) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many messages were accepted, by channel."""
        rows = self._select("select channel, count(*) as number from accepted group by channel")
        return {"email": 0, "mobile_push": 0} | {row["channel"]: row["number"] for row in rows}

    def duplicates(self) -> dict[str, list[dict[str, Any]]]:
        """Return what was accepted more than once, by kind; `times` is how often in all."""
        return {
            "email": self._select(DUPLICATE_MAILS),
            "mobile_push_same_collapse_id": self._select(SAME_COLLAPSE_ID),
            "mobile_push_two_collapse_ids": self._select(TWO_COLLAPSE_IDS),
            "webhook": self._select(DUPLICATE_WEBHOOKS),
            "chat": self._select(DUPLICATE_CHATS),
        }

    def summary(self) -> dict[str, dict[str, int]]:
        """Return the counts of the accepted, and of the repeats among them, each repeat beyond the first counting one."""
        repeats = {kind: sum(row["times"] - 1 for row in rows) for kind, rows in self.duplicates().items()}
        return {"accepted": self.counts(), "duplicates": repeats}

    def message(self, id_: int) -> dict[str, Any] | None:
        """Return one message as the mailbox shows it."""
        found = self._select("select * from accepted where id = ?", id_)
        return next((_message(_read(row)) for row in found), None)

    def rows(self, statement: str, **values: object) -> list[dict[str, Any]]:
        """Return the rows of a query of the accepted, whose times are in epoch seconds."""
        with self._lock:
            self.flush()
            return [dict(row) for row in self._database.execute(statement, values)]

    def close(self) -> None:
        """Write the remaining records and close the file."""
        with self._lock:
            self.flush()
            self._database.close()

    def _select(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        with self._lock:
            self.flush()
            return [dict(row) for row in self._database.execute(statement, parameters)]


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "headers": json.loads(row["headers"]), "payload": _loaded(row["payload"])}


def _loaded(payload: str | None) -> Any:
    return None if payload is None else json.loads(payload)


def _message(row: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromtimestamp(row["at"], UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shared = {"channel": row["channel"], "to": row["recipient"], "headers": row["headers"], "at": at}
    fields = ("subject", "text", "html") if row["channel"] == "email" else ("title", "text", "payload")
    return shared | {field: row[field] for field in fields}
