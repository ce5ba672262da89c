"""Names that an operator typed and that do not exist: a clear answer with a suggestion instead of an empty list.

Look here only after a query found nothing: rows may name a type or a channel that has left the registry since.
"""

from sqlalchemy import Connection

from owlpost.db.operator import recipient
from owlpost.db.operator.recipient import Recipient
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.errors import NotFound
from owlpost.domain.guest_list import GuestList
from owlpost.domain.person_commands import User
from owlpost.domain.reasons import Reason
from owlpost.domain.selections import Selection
from owlpost.domain.stop_commands import Hold
from owlpost.domain.suggestions import did_you_mean
from owlpost.domain.types import CANARY, NOTIFICATION_TYPE_META, NotificationType


def require_type(key: str) -> NotificationType:
    """Return the notification type. Raises NotFound if the registry has none with this key."""
    kind = CANARY if key == CANARY.key else NOTIFICATION_TYPE_META.get(key)
    if kind is None:
        raise NotFound(f"there is no notification type {key}{did_you_mean(key, NOTIFICATION_TYPE_META)}")
    return kind


def require_channel(key: str) -> None:
    """Raises NotFound if the registry has no channel with this key."""
    if key not in NOTIFICATION_CHANNELS:
        raise NotFound(f"there is no channel {key}{did_you_mean(key, NOTIFICATION_CHANNELS)}")


def require_names(selection: Selection | Hold) -> None:
    """Raises NotFound if the selection names a channel or a type that the registry does not have."""
    if selection.channel is not None:
        require_channel(selection.channel)
    if selection.type is not None:
        require_type(selection.type)


def require_person(connection: Connection, user: User, *, guests: GuestList | None = None) -> Recipient:
    """Return the person with this id or address. Raises NotFound with similar addresses."""
    person = recipient.find(connection, user, guests=guests)
    if person is None:
        similar = recipient.similar_addresses(connection, user) if isinstance(user, str) else ()
        raise NotFound(f"{Reason.UNKNOWN_USER.meaning}: {user}{did_you_mean(str(user), similar)}")
    return person
