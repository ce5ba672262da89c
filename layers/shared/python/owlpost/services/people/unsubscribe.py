"""Turn the types of a mail off on one channel by a link in a mail, without signing in."""

from collections.abc import Sequence

from owlpost.domain import labels, unsubscribe
from owlpost.domain.preference_history import by_link
from owlpost.domain.preferences_patch import switch_off
from owlpost.domain.refusals import NotSignedIn
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.domain.unsubscribe import Unsubscribe
from owlpost.domain.value import dataclass
from owlpost.services.people.accounts import Accounts
from owlpost.words import Words


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

    def look(self, token: str, words: Words) -> Subject:
        """Return what the token would turn off. Raises InvalidRequest for a forged token."""
        return _subject(unsubscribe.verify(token, self.keys), words)

    def turn_off(self, token: str, words: Words) -> Subject:
        """Turn the types off. The result is the same if they are off already or the user is deleted."""
        asked = unsubscribe.verify(token, self.keys)
        try:
            self.accounts.change(
                asked.user_id, preferences=switch_off(asked.channel, *asked.types), by=by_link(asked.delivery_id)
            )
        except NotSignedIn:
            return _subject(asked, words)
        return _subject(asked, words)


def _subject(asked: Unsubscribe, words: Words) -> Subject:
    names = (labels.of_type(each, words) if each in NOTIFICATION_TYPE_META else each for each in asked.types)
    return Subject(tuple(names), labels.of_channel(asked.channel, words))
