"""What somebody asks to have connected, checked against what their channel says of itself."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import field
from uuid import UUID

from owlpost.domain.channels import destination_channels
from owlpost.domain.connect import ConnectKind, OwnedBy
from owlpost.domain.destinations import LONGEST_LABEL
from owlpost.domain.errors import InvalidRequest, Misconfigured, NotFound
from owlpost.domain.refusals import Forbidden
from owlpost.domain.text import one_line
from owlpost.domain.types import NotificationType, configurable_types
from owlpost.domain.value import dataclass
from owlpost.domain.webhooks import SECRET_PREFIX

#: "At least 24 bytes (192 bits, 512 maximum)" (Standard Webhooks 1.0.0, Signature scheme).
SECRET_BYTES = 32
NO_TEAM = "There is no such team."


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to connect: `fields` are what its kind asks for, by name. The first kind counts if none is named."""

    channel: str
    kind: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    label: str | None = None
    #: For a team's room, and the types that it is told of; None for all.
    team_id: UUID | None = None
    types: Sequence[str] | None = None


def more_hosts(kind: ConnectKind, settings: Mapping[str, str]) -> frozenset[str]:
    """Return the hosts that the operator adds to those of a kind. Raises Misconfigured for one with a port that is none."""
    found = frozenset(each.strip() for each in settings.get(kind.more_hosts, "").lower().split(",") if each.strip())
    for each in found:
        host, colon, port = each.partition(":")
        if not host or (colon and not port.isdecimal()):
            raise Misconfigured(f"{kind.more_hosts}: {each!r} is no host, and no host:port")
    return found


def kind_of(asked: Asked, owned_by: OwnedBy) -> ConnectKind:
    """Return what is to be connected. Raises InvalidRequest if there is nothing of this name for such an owner."""
    channel = next((each for each in destination_channels() if each.key == asked.channel), None)
    if channel is None or channel.connect is None:
        raise InvalidRequest("channel", "is not a channel that one connects here")
    kind = next(
        (each for each in channel.connect.kinds if asked.kind in {None, each.key} and each.owned_by == owned_by), None
    )
    if kind is None:
        raise InvalidRequest("kind" if asked.kind else "channel", f"is nothing that a {owned_by} connects here")
    return kind


def is_seen(channel: str, kind: str) -> bool:
    """Return whether its owner has to say that they saw a test there."""
    known = next((each.connect for each in destination_channels() if each.key == channel), None)
    found = known.kind(kind) if known else None
    return found is not None and found.proof == "seen"


def link_of(kind: ConnectKind, settings: Mapping[str, str], token: str) -> str:
    """Return the link that its owner follows. Raises Misconfigured where a setting of it is missing."""
    try:
        return kind.link.format(token=token, **settings)
    except KeyError as error:
        raise Misconfigured(f"{error.args[0]}: is missing, so nothing can be connected") from None


def checked_types(types: Sequence[str] | None, *, of_room: bool) -> tuple[str, ...] | None:
    """Return the types that a room is told of, None for all. Raises InvalidRequest for one that no room is told of."""
    if types is None:
        return None
    if not of_room:
        raise InvalidRequest("types", "are chosen in the preferences, but for a room")
    known = {kind.key for kind in room_types()}
    if unknown := set(types) - known:
        raise InvalidRequest("types", f"{min(unknown)} is nothing that a room is told of")
    return tuple(sorted(set(types)))


def room_types() -> tuple[NotificationType, ...]:
    """Return the types that a room can be told of, in registry order."""
    return tuple(kind for kind in configurable_types() if kind.for_rooms)


def require_admin(role: str | None) -> None:
    """Raises NotFound for who is no member, and Forbidden for one who may not connect rooms."""
    if role is None:
        raise NotFound(NO_TEAM)
    if role not in {"owner", "admin"}:
        raise Forbidden("Only owners and admins of a team connect its rooms.")


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def label_of(text: str | None) -> str | None:
    return one_line(text or "")[:LONGEST_LABEL].strip() or None
