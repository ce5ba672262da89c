"""Where one person is reached: what they connect, test and remove themselves. `services.delivery` sends there."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import Connection

from owlpost.db.people import destinations
from owlpost.db.people.destination_tests import add_test
from owlpost.db.people.destinations import Changes, NewDestination
from owlpost.db.people.invitations import role_of
from owlpost.db.session import Database
from owlpost.domain import connecting
from owlpost.domain.clock import Clock
from owlpost.domain.destinations import (
    MOST_TESTS_A_DAY,
    TEST_EVERY,
    DestinationState,
    RegisteredDestination,
)
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.domain.refusals import Conflict, TooOften
from owlpost.domain.value import dataclass
from owlpost.keyed_hashes import token_hash
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.people.connecting import (
    NO_TEAM,
    Asked,
    checked_types,
    is_seen,
    kind_of,
    label_of,
    link_of,
    more_hosts,
    new_secret,
    require_admin,
)
from owlpost.words import Words, english

#: Two signatures are sent for so long after a rotation.
FORMER_SECRET_SIGNS = timedelta(hours=24)
#: Of the token in a link: it has at most 64 characters of `A-Za-z0-9_-`, as Telegram takes it.
TOKEN_BYTES = 32
#: The owner follows a link within this time, once.
LINK_LASTS = timedelta(minutes=10)
CHOSEN_STATES = (DestinationState.LIVE, DestinationState.OFF)


class Sealing(Protocol):
    """See `owlpost.seals.Seals`, whose library a function loads only where somebody connects something."""

    def seal(self, id_: UUID, content: Mapping[str, object]) -> str: ...

    def open(self, id_: UUID, sealed: str) -> dict[str, object]: ...

    def fingerprints(self, address: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Connected:
    """A new destination. `secret` signs what is sent there, and `connect_url` is to be followed: both are shown this once."""

    destination: RegisteredDestination
    secret: str | None = None
    connect_url: str | None = None


@dataclass(frozen=True, slots=True)
class Destinations:
    """`own` are hosts of this installation, and `settings` what its operator set about connecting: see ConnectKind."""

    database: Database
    queues: Queues
    seals: Callable[[], Sealing]
    now: Clock
    own: Collection[str] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def all_of(self, user_id: UUID) -> list[RegisteredDestination]:
        with self.database.transaction() as connection:
            return destinations.all_of(connection, user_id)

    def rooms_of(self, user_id: UUID, team_id: UUID) -> list[RegisteredDestination]:
        """Return the rooms of a team, for each of its members. Raises NotFound for others."""
        with self.database.transaction() as connection:
            if role_of(connection, team_id, user_id) is None:
                raise NotFound(NO_TEAM)
            return destinations.rooms_of(connection, user_id, team_id)

    def connect(self, user_id: UUID, asked: Asked, session_id: str | None = None) -> Connected:
        """Connect a destination of the person's own, or a room of a team that they administer; a browser goes with the session.

        Raises InvalidRequest naming the field, NotFound or Forbidden for a team, or Conflict if it is known or one too many.
        """
        kind = kind_of(asked, "room" if asked.team_id else "person")
        stated = connecting.read(kind, asked.fields, more_hosts=more_hosts(kind, self.settings), own=self.own)
        secret = new_secret() if kind.signs else None
        token = secrets.token_urlsafe(TOKEN_BYTES) if kind.proof == "link" else None
        seals, content = self.seals(), {**stated.content, **({"secret": secret} if secret else {})}
        new = NewDestination(
            channel=asked.channel,
            kind=kind.key,
            fingerprints=seals.fingerprints(stated.address or f"not known yet: {kind.key} {asked.team_id or user_id}"),
            label=label_of(asked.label) or stated.label,
            new_label=label_of(asked.label),
            state=DestinationState.LIVE if kind.proof == "at_once" else DestinationState.UNVERIFIED,
            # an address that is not known yet is nobody's
            exclusive=kind.exclusive and bool(stated.address),
            again=kind.exclusive,
            most=kind.most,
            stalest_gives_way=kind.stalest_gives_way,
            verify_hash=token and token_hash(token),
            verify_seconds=LINK_LASTS.total_seconds(),
            session_id=session_id if kind.proof == "at_once" else None,
            by_kind=kind.proof == "test" and not stated.address,
            team_id=asked.team_id,
            types=checked_types(asked.types, of_room=asked.team_id is not None),
        )
        with self.database.transaction() as connection:
            if asked.team_id:
                require_admin(role_of(connection, asked.team_id, user_id))
            added = destinations.add(connection, user_id, new, lambda id_: seals.seal(id_, content))
            if isinstance(added, UUID):
                found = self._found(destinations.find(connection, user_id, added))
                return Connected(found, secret, token and link_of(kind, self.settings, token))
        raise Conflict(
            "This is connected already." if added == "known" else f"There may be {kind.most}. Please remove one first."
        )

    def change(
        self,
        user_id: UUID,
        id_: UUID,
        *,
        label: str | None = None,
        state: str | None = None,
        types: Sequence[str] | None = None,
    ) -> RegisteredDestination:
        """Rename it, switch it on or off, or say what a room is told of: no types are all.

        To switch on a room that is proven by the eye says that one saw the last test there. Raises NotFound for a stranger's,
        and Conflict before it is verified.
        """
        if state is not None and state not in CHOSEN_STATES:
            raise InvalidRequest("state", f"must be {' or '.join(CHOSEN_STATES)}")
        with self.database.transaction() as connection:
            if types is not None:
                found = self._found(destinations.find(connection, user_id, id_))
                types = checked_types(types, of_room=found.team_id is not None)
            if state == DestinationState.LIVE:
                self._see(connection, user_id, id_)
            changes = Changes(label_of(label), state, None if types is None else tuple(types))
            done = destinations.change(connection, user_id, id_, changes)
            if done is False:
                raise Conflict("Please test it first: it is live once a test has reached it.")
            return self._found(destinations.find(connection, user_id, id_) if done else None)

    def _see(self, connection: Connection, user_id: UUID, id_: UUID) -> None:
        found = self._found(destinations.find(connection, user_id, id_))
        waits = found.state in {DestinationState.UNVERIFIED, DestinationState.DEAD}
        if waits and is_seen(found.channel, found.kind) and not destinations.see(connection, user_id, id_):
            raise Conflict("Please test it first, and say then that you saw the test.")

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
            opened, secret = seals.open(id_, sealed), new_secret()
            if "secret" not in opened:
                raise Conflict("What is sent there is not signed, so there is no secret.")
            former = {"former_secret": opened["secret"], "former_until": until.isoformat()}
            destinations.reseal(connection, user_id, id_, seals.seal(id_, {**opened, "secret": secret, **former}))
            return Connected(self._found(destinations.find(connection, user_id, id_)), secret)

    def test(self, user_id: UUID, id_: UUID, words: Words | None = None) -> UUID:
        """Send a test on the way of every delivery. Return the delivery's id. Raises NotFound or TooOften."""
        with self.database.transaction() as connection:
            self._found(destinations.find(connection, user_id, id_))
            taken = add_test(connection, user_id, id_, request_id=uuid4(), words=words or english())
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
