"""Takes Telegram's updates: of somebody who has followed our link, whose chat is told from now on."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from owlpost.db.delivery import followed_links
from owlpost.db.session import Database
from owlpost.domain.refusals import Unverified
from owlpost.domain.telegram_chats import Followed, address_of
from owlpost.keyed_hashes import token_hash
from owlpost.observability import count

CHANNEL = "telegram"
#: Telegram Bot API, setWebhook.
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (the name of a header)
CONNECTED = "Connected. You will be told of news here."
OVER = "This link is over. Please make a new one on the page “Where you are reached”."
HELLO = "To be told of news here, connect Telegram on the page “Where you are reached”."


class Sealing(Protocol):
    """See `owlpost.seals.Seals`, whose library the function loads only for an update that connects."""

    def seal(self, id_: UUID, content: Mapping[str, object]) -> str: ...

    def fingerprints(self, address: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class TelegramUpdates:
    """`secret` is what Telegram sends along with each update; "" where Telegram is not set up."""

    database: Database
    secret: str
    seals: Callable[[], Sealing]

    def take(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, object]:
        """Act on one update. Return the method that Telegram is to carry out, {} for none. Raises Unverified."""
        stated = headers.get(SECRET_HEADER, "")
        if not self.secret or not hmac.compare_digest(stated.encode(), self.secret.encode()):
            count("WebhookRefused", channel=CHANNEL)
            raise Unverified
        followed = Followed.from_update(body)
        if followed is None:
            return {}
        text = HELLO if not followed.token else CONNECTED if self._connect(followed) else OVER
        return {"method": "sendMessage", "chat_id": followed.chat_id, "text": text}

    def _connect(self, followed: Followed) -> bool:
        """Return whether the link still counted."""
        with self.database.transaction() as connection:
            link = followed_links.find(connection, CHANNEL, token_hash(followed.token))
            if link is None:
                return False
            seals = self.seals()
            followed_links.connect(
                connection,
                CHANNEL,
                link,
                sealed=seals.seal(link.id, {"chat_id": followed.chat_id}),
                fingerprints=seals.fingerprints(address_of(followed.chat_id)),
                label=followed.name,
            )
        return True
