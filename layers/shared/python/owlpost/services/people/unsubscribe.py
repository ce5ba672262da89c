"""Turn the types of a mail off on one channel by a link in a mail, without signing in."""

from collections.abc import Sequence
from dataclasses import dataclass

from owlpost.domain import unsubscribe
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.preference_history import by_link
from owlpost.domain.preferences_patch import switch_off
from owlpost.domain.refusals import NotSignedIn
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.domain.unsubscribe import Unsubscribe
from owlpost.services.people.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Subject:
    """The labels of the types and the channel of a link."""

    type_labels: tuple[str, ...]
    channel_label: str


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """`keys` sign the links; the newest comes first."""

    accounts: Accounts
    keys: Sequence[str]

    def look(self, token: str) -> Subject:
        """Return what the token would turn off. Raises InvalidRequest for a forged token."""
        return _subject(unsubscribe.verify(token, self.keys))

    def turn_off(self, token: str) -> Subject:
        """Turn the types off. The result is the same if they are off already or the user is deleted."""
        asked = unsubscribe.verify(token, self.keys)
        try:
            self.accounts.change(
                asked.user_id, preferences=switch_off(asked.channel, *asked.types), by=by_link(asked.delivery_id)
            )
        except NotSignedIn:
            return _subject(asked)
        return _subject(asked)


def _subject(asked: Unsubscribe) -> Subject:
    labels = (kind.label if (kind := NOTIFICATION_TYPE_META.get(each)) else each for each in asked.types)
    channel = NOTIFICATION_CHANNELS.get(asked.channel)
    return Subject(tuple(labels), channel.label if channel else asked.channel)
