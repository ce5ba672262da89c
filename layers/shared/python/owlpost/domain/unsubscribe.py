"""The signed token in an unsubscribe link: the user, the types and the channel to turn off, the delivery that carries it."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from uuid import UUID

from owlpost.domain.errors import InvalidRequest
from owlpost.domain.value import dataclass

#: Signed along, so that a signature made for another purpose with the same key is invalid here.
PURPOSE = b"owlpost.unsubscribe.1:"
LONGEST_TOKEN = 1_000


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    user_id: UUID
    #: Several if one mail told of several, in the order of their names.
    types: tuple[str, ...]
    channel: str
    #: The delivery that carried the link; links of early mails name none.
    delivery_id: UUID | None = None


def sign(user_id: UUID, types: tuple[str, ...], channel: str, key: str, *, delivery_id: UUID | None = None) -> str:
    """Return a URL-safe token, always the same for the same input. It never expires, because people keep mail for years."""
    words = (str(user_id), ",".join(sorted(set(types))), channel, *([str(delivery_id)] if delivery_id else []))
    claim = _encode(" ".join(words).encode())
    return f"{claim}.{_signature(claim, key)}"


def verify(token: str, keys: Iterable[str]) -> Unsubscribe:
    """Return the content of a token that one of `keys` signed. Raises InvalidRequest naming `token` for any other."""
    claim, _, signature = token.partition(".")
    given = signature.encode(errors="replace")
    # Every key is tried, so that the time taken does not reveal which key matched.
    matches = [
        hmac.compare_digest(_signature(claim, key).encode(), given) for key in keys if len(token) <= LONGEST_TOKEN
    ]
    if not any(matches):
        raise InvalidRequest("token", "is not one of ours")
    user_id, types, channel, *carrier = base64.urlsafe_b64decode(claim + "=" * (-len(claim) % 4)).decode().split(" ")
    return Unsubscribe(UUID(user_id), tuple(types.split(",")), channel, UUID(carrier[0]) if carrier else None)


def _signature(claim: str, key: str) -> str:
    return _encode(hmac.digest(key.encode(), PURPOSE + claim.encode(errors="replace"), hashlib.sha256))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
