"""Where one person is reached: what they connect, test and remove themselves. `services.delivery` sends there."""

import base64
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid4

from owlpost.db.people import destinations
from owlpost.db.people.destinations import NewDestination
from owlpost.db.session import Database
from owlpost.domain.channels import destination_channels
from owlpost.domain.clock import Clock
from owlpost.domain.destinations import (
    LONGEST_LABEL,
    MOST_DESTINATIONS,
    MOST_TESTS_A_DAY,
    TEST_EVERY,
    DestinationState,
    RegisteredDestination,
)
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.domain.refusals import Conflict, TooOften
from owlpost.domain.text import one_line
from owlpost.domain.webhook_urls import checked_url, host_of
from owlpost.domain.webhooks import SECRET_PREFIX
from owlpost.queue import Queues
from owlpost.queue_messages import Message

#: "At least 24 bytes (192 bits, 512 maximum)" (Standard Webhooks 1.0.0, Signature scheme).
SECRET_BYTES = 32
#: Two signatures are sent for so long after a rotation.
FORMER_SECRET_SIGNS = timedelta(hours=24)
CHOSEN_STATES = (DestinationState.LIVE, DestinationState.OFF)


class Sealing(Protocol):
    """See `owlpost.seals.Seals`, whose library a function loads only where somebody connects something."""

    def seal(self, id_: UUID, content: dict[str, object]) -> str: ...

    def open(self, id_: UUID, sealed: str) -> dict[str, object]: ...

    def fingerprints(self, address: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Connected:
    """A new destination, with the secret that signs what is sent there: it is shown this once."""

    destination: RegisteredDestination
    secret: str


@dataclass(frozen=True, slots=True)
class Destinations:
    """`own` are hosts of this installation, and `inside` the receivers of one's own network that may be connected."""

    database: Database
    queues: Queues
    seals: Callable[[], Sealing]
    now: Clock
    own: Collection[str] = ()
    inside: Collection[str] = ()

    def all_of(self, user_id: UUID) -> list[RegisteredDestination]:
        with self.database.transaction() as connection:
            return destinations.all_of(connection, user_id)

    def connect(self, user_id: UUID, channel: str, url: str, label: str | None = None) -> Connected:
        """Connect a URL, unverified. Raises InvalidRequest naming the field, or Conflict if it is known or one too many."""
        if channel not in {each.key for each in destination_channels()}:
            raise InvalidRequest("channel", "is not a channel that one connects here")
        address = checked_url(url, own=self.own, inside=self.inside)
        secret = _new_secret()
        id_, seals = uuid4(), self.seals()
        new = NewDestination(
            id=id_,
            channel=channel,
            sealed=seals.seal(id_, {"url": address, "secret": secret}),
            fingerprints=seals.fingerprints(address),
            label=_label(label) or host_of(address),
        )
        with self.database.transaction() as connection:
            refused = destinations.add(connection, user_id, new)
            if refused is None:
                return Connected(self._found(destinations.find(connection, user_id, id_)), secret)
        raise Conflict(
            "This is connected already."
            if refused == "known"
            else f"There may be {MOST_DESTINATIONS}. Please remove one first."
        )

    def change(
        self, user_id: UUID, id_: UUID, *, label: str | None = None, state: str | None = None
    ) -> RegisteredDestination:
        """Rename it, or switch it on or off. Raises NotFound for a stranger's, and Conflict before it is verified."""
        if state is not None and state not in CHOSEN_STATES:
            raise InvalidRequest("state", f"must be {' or '.join(CHOSEN_STATES)}")
        with self.database.transaction() as connection:
            done = destinations.change(connection, user_id, id_, label=_label(label), state=state)
            if done is False:
                raise Conflict("Please test it first: it is live once a test has reached it.")
            return self._found(destinations.find(connection, user_id, id_) if done else None)

    def remove(self, user_id: UUID, id_: UUID) -> None:
        with self.database.transaction() as connection:
            if not destinations.delete(connection, user_id, id_):
                raise NotFound(_NONE)

    def rotate_secret(self, user_id: UUID, id_: UUID) -> Connected:
        """Sign with a new secret from now on, and for a day with the present one as well. Raises NotFound."""
        until = self.now() + FORMER_SECRET_SIGNS
        with self.database.transaction() as connection:
            sealed = destinations.sealed_of(connection, user_id, id_)
            if sealed is None:
                raise NotFound(_NONE)
            # not before: an installation without destinations has no key for them
            seals = self.seals()
            opened, secret = seals.open(id_, sealed), _new_secret()
            former = {"former_secret": opened["secret"], "former_until": until.isoformat()}
            destinations.reseal(connection, user_id, id_, seals.seal(id_, {**opened, "secret": secret, **former}))
            return Connected(self._found(destinations.find(connection, user_id, id_)), secret)

    def test(self, user_id: UUID, id_: UUID) -> UUID:
        """Send a test on the way of every delivery. Return the delivery's id. Raises NotFound or TooOften."""
        with self.database.transaction() as connection:
            self._found(destinations.find(connection, user_id, id_))
            taken = destinations.add_test(connection, user_id, id_, request_id=uuid4())
        if taken is None:
            raise TooOften(
                f"Please wait a moment: there is one test in {TEST_EVERY.total_seconds():.0f} seconds,"
                f" and {MOST_TESTS_A_DAY} a day.",
                retry_after=int(TEST_EVERY.total_seconds()),
            )
        channel, delivery_id = taken
        self.queues.send(channel, [Message(str(delivery_id))])
        return delivery_id

    def _found(self, destination: RegisteredDestination | None) -> RegisteredDestination:
        if destination is None:
            raise NotFound(_NONE)
        return destination


_NONE = "There is no such destination."


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _label(text: str | None) -> str | None:
    return one_line(text or "")[:LONGEST_LABEL].strip() or None
