"""Where one person is reached: what they connect, test and remove themselves. `services.delivery` sends there."""

import base64
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid4

from owlpost.db.people import destinations
from owlpost.db.people.destinations import NewDestination
from owlpost.db.session import Database
from owlpost.domain import connecting
from owlpost.domain.channels import destination_channels
from owlpost.domain.clock import Clock
from owlpost.domain.connect import ConnectKind, OwnedBy
from owlpost.domain.destinations import (
    LONGEST_LABEL,
    MOST_TESTS_A_DAY,
    TEST_EVERY,
    DestinationState,
    RegisteredDestination,
)
from owlpost.domain.errors import InvalidRequest, Misconfigured, NotFound
from owlpost.domain.refusals import Conflict, TooOften
from owlpost.domain.text import one_line
from owlpost.domain.webhooks import SECRET_PREFIX
from owlpost.keyed_hashes import token_hash
from owlpost.queue import Queues
from owlpost.queue_messages import Message

#: "At least 24 bytes (192 bits, 512 maximum)" (Standard Webhooks 1.0.0, Signature scheme).
SECRET_BYTES = 32
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
class Asked:
    """What somebody wants to connect: `fields` are what its kind asks for, by name. The first kind counts if none is named."""

    channel: str
    kind: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    label: str | None = None


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

    def connect(self, user_id: UUID, asked: Asked, session_id: str | None = None) -> Connected:
        """Connect a destination of the person's own; a browser goes with the session.

        Raises InvalidRequest naming the field, or Conflict if it is known or one too many.
        """
        kind = _kind(asked, "person")
        stated = connecting.read(kind, asked.fields, more_hosts=more_hosts(kind, self.settings), own=self.own)
        secret = _new_secret() if kind.signs else None
        token = secrets.token_urlsafe(TOKEN_BYTES) if kind.proof == "link" else None
        seals, content = self.seals(), {**stated.content, **({"secret": secret} if secret else {})}
        new = NewDestination(
            channel=asked.channel,
            kind=kind.key,
            fingerprints=seals.fingerprints(stated.address or f"not known yet: {kind.key} {user_id}"),
            label=_label(asked.label) or stated.label,
            new_label=_label(asked.label),
            state=DestinationState.LIVE if kind.proof == "at_once" else DestinationState.UNVERIFIED,
            # an address that is not known yet is nobody's
            exclusive=kind.exclusive and bool(stated.address),
            again=kind.exclusive,
            most=kind.most,
            stalest_gives_way=kind.stalest_gives_way,
            verify_hash=token and token_hash(token),
            verify_seconds=LINK_LASTS.total_seconds(),
            session_id=session_id if kind.proof == "at_once" else None,
        )
        with self.database.transaction() as connection:
            added = destinations.add(connection, user_id, new, lambda id_: seals.seal(id_, content))
            if isinstance(added, UUID):
                found = self._found(destinations.find(connection, user_id, added))
                return Connected(found, secret, token and _link(kind, self.settings, token))
        raise Conflict(
            "This is connected already." if added == "known" else f"There may be {kind.most}. Please remove one first."
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
            if "secret" not in opened:
                raise Conflict("What is sent there is not signed, so there is no secret.")
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


def more_hosts(kind: ConnectKind, settings: Mapping[str, str]) -> frozenset[str]:
    """Return the hosts that the operator adds to those of a kind. Raises Misconfigured for one with a port that is none."""
    found = frozenset(each.strip() for each in settings.get(kind.more_hosts, "").lower().split(",") if each.strip())
    for each in found:
        host, colon, port = each.partition(":")
        if not host or (colon and not port.isdecimal()):
            raise Misconfigured(f"{kind.more_hosts}: {each!r} is no host, and no host:port")
    return found


def _kind(asked: Asked, owned_by: OwnedBy) -> ConnectKind:
    channel = next((each for each in destination_channels() if each.key == asked.channel), None)
    if channel is None or channel.connect is None:
        raise InvalidRequest("channel", "is not a channel that one connects here")
    kind = next(
        (each for each in channel.connect.kinds if asked.kind in {None, each.key} and each.owned_by == owned_by), None
    )
    if kind is None:
        raise InvalidRequest("kind" if asked.kind else "channel", f"is nothing that a {owned_by} connects here")
    return kind


def _link(kind: ConnectKind, settings: Mapping[str, str], token: str) -> str:
    try:
        return kind.link.format(token=token, **settings)
    except KeyError as error:
        raise Misconfigured(f"{error.args[0]}: is missing, so nothing can be connected") from None


_NONE = "There is no such destination."


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _label(text: str | None) -> str | None:
    return one_line(text or "")[:LONGEST_LABEL].strip() or None
