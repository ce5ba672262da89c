"""The database's time on a worker, for what it decides outside of a statement."""

from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from owlpost.db.connect import network_errors
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger

#: A worker's clock that is further off than this is reported. Lambda's own clocks agree within milliseconds.
TOLERATED_SKEW = timedelta(seconds=5)


@dataclass(slots=True)
class DatabaseClock:
    """The worker's clock, put right by how far it was off at the last connect, which is at most ten minutes ago.

    A statement that judges by time reads `now()` itself. This is for rarer decisions, such as when a code or a retention ends.
    """

    engine: Engine
    worker: Clock = utc_now
    _ahead: timedelta | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        event.listen(self.engine, "connect", self._measure)

    def __call__(self) -> datetime:
        """Return the database's time, within the duration of a statement. Connects if no connection was made before."""
        if self._ahead is None:
            self.engine.connect().close()
        return self.worker() - (self._ahead or timedelta())

    def _measure(self, connection: Any, _record: Any) -> None:
        connection.autocommit = True
        at, cursor = self.worker(), connection.cursor()
        with network_errors(self.engine.dialect):
            cursor.execute("select now()")
        [moment] = cursor.fetchone()
        cursor.close()
        connection.autocommit = False
        self._ahead = at - moment
        report_skew(asked_at=at, said=moment, answered_at=self.worker())


def report_skew(*, asked_at: datetime, said: datetime, answered_at: datetime, channel: str | None = None) -> None:
    """Log and count a worker's clock that is off. It does no harm: it only measures the worker's own deadline.

    The counter has no channel, so that one alarm hears of all functions.
    """
    ahead = skew(asked_at=asked_at, said=said, answered_at=answered_at)
    if abs(ahead) <= TOLERATED_SKEW:
        return
    extra = {"ahead_seconds": round(ahead.total_seconds(), 3), **({"channel": channel} if channel else {})}
    logger().warning("clock skew", extra=extra)
    count("ClockSkew")


def skew(*, asked_at: datetime, said: datetime, answered_at: datetime) -> timedelta:
    """Return how far a clock is ahead of the database's at least, negative if it is behind.

    The database said its time at some moment between question and answer: a paused one wakes up first, for half a minute. What
    that can explain is no skew.
    """
    return max(asked_at - said, timedelta()) or min(answered_at - said, timedelta())
