"""The brake on a storm: how much one producer, and one person, may have before the rest is kept back."""

from datetime import datetime

from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Brake:
    """None is no limit. Mandatory types pass.

    `per_producer` is in requests a minute: what a producer sends beyond it is held until an operator lets it go.
    `per_person` is in notifications of one type in an hour of the clock: what comes beyond it is shown in the inbox only.
    """

    per_producer: int | None = None
    per_person: int | None = None

    def stops_person(self, told: int, *, mandatory: bool) -> bool:
        """Return whether a person who was told `told` times of the type in this hour gets the next one in the inbox only."""
        return not mandatory and self.per_person is not None and told >= self.per_person

    def stops_producer(self, requests: int, *, mandatory: bool) -> bool:
        """Return whether the next request of a producer is held, who sent `requests` within the last minute."""
        return not mandatory and self.per_producer is not None and requests >= self.per_producer


NO_BRAKE = Brake()
#: Who places the brake's holds, and why, as `owlpost holds` lists them.
PLACED_BY = "owlpost"
WHY = "brake"


def hour_of(moment: datetime) -> datetime:
    """Return the hour of the clock, in UTC, that counts for `per_person`."""
    return moment.replace(minute=0, second=0, microsecond=0)
