"""What sign-in, invitations and alerts need of mail: one person, now, whatever becomes of the queues."""

from collections.abc import Mapping
from typing import Protocol


class DirectMail(Protocol):
    def send(
        self, to: str, template: str, values: Mapping[str, object], *, link: str | None = None, key: str | None = None
    ) -> None:
        """Mail one person now, by a template of ours; `link` is a path of ours, and the mail's button.

        For a day, a `key` that was mailed under is not mailed under again, whatever the mail would say.

        Raises InvalidRequest naming `email` where the address is refused for good, Unavailable where mail is down.
        """
        ...
