"""The database's time, on which workers with different clocks agree, and how far this worker's clock is off."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from owlpost.db.clock import TOLERATED_SKEW
from owlpost.domain.clock import Clock
from owlpost.observability import count, logger


@dataclass(frozen=True, slots=True)
class DatabaseTime:
    """The database's time without a further statement: the time of an earlier one, plus what has passed here since then.

    `read_at` is what the worker's clock showed before the statement that returned `read`.
    """

    read: datetime
    read_at: datetime
    worker: Clock

    def __call__(self) -> datetime:
        """Return the database's time now. The error is at most the duration of the statement."""
        return self.read + (self.worker() - self.read_at)

    @property
    def skew(self) -> timedelta:
        """How far the worker's clock is ahead of the database's; negative if it is behind."""
        return self.read_at - self.read


def report_skew(time: DatabaseTime, *, channel: str) -> None:
    """Log and count a clock that is off. It does no harm: it only measures this worker's own deadline."""
    if abs(time.skew) <= TOLERATED_SKEW:
        return
    logger().warning("clock skew", extra={"channel": channel, "ahead_seconds": round(time.skew.total_seconds(), 3)})
    count("ClockSkew", channel=channel)
