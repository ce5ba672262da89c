"""The interface that sign-in, invitations and alerts use to mail one person at once, without the queues."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol


class DirectMail(Protocol):
    def send(
        self,
        to: str,
        template: str,
        values: Mapping[str, object],
        *,
        link: str | None = None,
        key: str | None = None,
        patience: timedelta | None = None,
        locale: str | None = None,
    ) -> None:
        """Mail one person now with one of our templates; `link` is a path of our site, shown as the button of the mail.

        A `key` sends at most one mail in 24 hours: a second call with the same key sends nothing.

        The call takes at most `patience`, by default some seconds. The words are those of the `locale`, English without one.

        Raises InvalidRequest naming `email` if the provider refuses the address for good, Unavailable if mail is down, and
        OutcomeUnknown (an Unavailable) if the mail may have been sent.
        """
        ...


class RecognisingMail(DirectMail, Protocol):
    """A DirectMail that says whether its provider recognises a key that it has seen."""

    @property
    def recognises_repeats(self) -> bool: ...
