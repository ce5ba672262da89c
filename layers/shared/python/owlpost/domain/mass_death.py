"""The guard against mass death of push tokens, as a pure decision over all workers' tries of the last minutes.

A provider that errs calls living tokens dead. Too many deaths in a short time are therefore doubted: no device is retired, and
those that were retired in that time come back. A wave of tokens that are truly dead ends by itself: a device that was doubted
and is called dead again later is believed.
"""

from datetime import datetime, timedelta
from uuid import UUID

from owlpost.domain.value import dataclass

#: Tries and deaths are counted over this time.
WINDOW = timedelta(minutes=10)
#: More deaths than one in this many tries are a mass death, if there are at least LEAST_DEAD.
ONE_IN = 5
LEAST_DEAD = 10
#: A doubt is forgotten after this time: the next death of that device is a first one again.
DOUBT_LASTS = timedelta(hours=24)
#: A retired device can be raised for this time.
RETIRED_KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tokens a provider judged, and how many of these it called dead."""

    tried: int = 0
    dead: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.tried + other.tried, self.dead + other.dead)

    @property
    def is_mass_death(self) -> bool:
        return self.dead >= LEAST_DEAD and self.dead * ONE_IN > self.tried


@dataclass(frozen=True, slots=True)
class Deaths:
    """The tally of one batch for the devices of a platform, and the devices whose death is doubted.

    `doubted` is not empty if the batch and the tallies of the last WINDOW are a mass death together.
    """

    platform: str
    tally: Tally
    doubted: tuple[UUID, ...] = ()


def is_confirmed(doubted_at: datetime | None, now: datetime) -> bool:
    """Return whether a device that is called dead now was doubted long enough ago to believe it this time."""
    return doubted_at is not None and WINDOW <= now - doubted_at <= DOUBT_LASTS
