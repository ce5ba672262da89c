"""Where a person is reached on a channel that is neither mail nor phone: one URL, one chat, one browser."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum, auto
from uuid import UUID

from owlpost.domain.value import dataclass

#: The internal type of a test. It is never dispatched, and never in an inbox.
TEST_TYPE = "destination.test"
#: What decided that a room is told: it is connected, and told of the type.
ROOM_ON = "room_on"
#: Tests of one destination follow each other no faster than this.
TEST_EVERY = timedelta(seconds=10)
#: Tests of one person in a day.
MOST_TESTS_A_DAY = 20
#: A destination is dead that has failed for so long, so often, without one success.
FAILING_FOR = timedelta(days=5)
FAILING_TIMES = 10
#: Characters of the name that its owner gives it.
LONGEST_LABEL = 100


class DestinationState(StrEnum):
    """Only `live` ones are told of anything but a test."""

    UNVERIFIED = auto()
    LIVE = auto()
    #: Switched off by its owner, or because they have to do something first.
    OFF = auto()
    #: By the receiver's word, or because it has failed for days.
    DEAD = auto()


@dataclass(frozen=True, slots=True)
class Destination:
    """A destination as a delivery goes there. `sealed` holds address and secrets: see `owlpost.seals`."""

    id: UUID
    label: str
    sealed: str
    state: str
    registered_at: datetime
    kind: str = "url"

    @property
    def is_proven(self) -> bool:
        """Whether what is sent there is known to reach its owner."""
        return self.state not in {DestinationState.UNVERIFIED, DestinationState.DEAD}


@dataclass(frozen=True, slots=True)
class RegisteredDestination:
    """A destination as its owner may see it: without address and secrets."""

    id: UUID
    channel: str
    kind: str
    label: str
    state: str
    verified_at: datetime | None
    last_ok_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    failing_since: datetime | None
    created_at: datetime
    #: Of the last test: the status of its delivery and its reason, None if there was none.
    tested_at: datetime | None
    test_status: str | None
    test_error: str | None
    #: Of a room: its team, and the types that it is told of; None for all.
    team_id: UUID | None = None
    types: list[str] | None = None


@dataclass(frozen=True, slots=True)
class NewAddress:
    """Where a destination is reached from now on, sealed for its row, with the fingerprint under the newest key.

    With `exclusive` nobody else keeps it.
    """

    sealed: str
    fingerprint: str
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class DestinationReport:
    """What an attempt has learnt about a destination.

    `state` is `live` for one that is proven to be its owner's, `dead` by the receiver's word, `off` where its owner has to do
    something first, as `error` says, and None where nothing changes. `moved` is its new address. All but `live` without a new
    address count only if it was not connected again after `since`.
    """

    id: UUID
    since: datetime
    error: str | None = None
    state: str | None = None
    moved: NewAddress | None = None

    def as_json(self) -> Mapping[str, object]:
        """Return it by the names that the settle statement reads."""
        return {
            "id": str(self.id),
            "since": self.since.isoformat(),
            "error": self.error,
            "state": self.state,
            "sealed": self.moved and self.moved.sealed,
            "fingerprint": self.moved and self.moved.fingerprint,
            "exclusive": self.moved and self.moved.exclusive,
        }
