"""The database's time, on which workers with different clocks agree."""

from datetime import datetime

from owlpost.domain.clock import Clock
from owlpost.domain.value import dataclass


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
