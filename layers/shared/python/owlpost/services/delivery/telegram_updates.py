"""Takes Telegram's updates: of who has followed our link, whose chat is told from now on, and of who has blocked the bot."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from owlpost.db.delivery import followed_links
from owlpost.db.session import Database
from owlpost.domain.refusals import Unverified
from owlpost.domain.telegram_chats import Followed, Membership, address_of
from owlpost.domain.value import dataclass
from owlpost.keyed_hashes import token_hash
from owlpost.observability import count
from owlpost.words import of

CHANNEL = "telegram"
#: Telegram Bot API, setWebhook.
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (the name of a header)


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
        if changed := Membership.from_update(body):
            self._note(changed)
            return {}
        followed = Followed.from_update(body)
        if followed is None:
            return {}
        text = of(followed.locale)(f"telegram.{self._said(followed)}")
        return {"method": "sendMessage", "chat_id": followed.chat_id, "text": text}

    def _said(self, followed: Followed) -> str:
        if followed.is_group:
            return "group"
        if not followed.token:
            return "hello"
        return "connected" if self._connect(followed) else "over"

    def _note(self, changed: Membership) -> None:
        """End what its owner has blocked at once, and revive it when they take the bot back."""
        fingerprints = self.seals().fingerprints(address_of(changed.chat_id))
        note = followed_links.unblock if changed.may_write else followed_links.block
        with self.database.transaction() as connection:
            note(connection, CHANNEL, fingerprints, at=changed.at)

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
