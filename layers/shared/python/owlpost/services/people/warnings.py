"""Mails that warn a person about their account."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from owlpost.domain.errors import InvalidRequest, OwlpostError
from owlpost.domain.text import name_in_mail
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.producers.member_role import RoleMail
from owlpost.services.direct_mail import DirectMail

#: Short, because a person waits for the sign-in that the mail is about, and as long as each sender needs for one mail.
PATIENCE = timedelta(seconds=6)
SESSIONS_PATH = "/dashboard/profile/sessions"


@dataclass(frozen=True, slots=True)
class SecurityMail:
    """Mails that nobody can switch off: they go to the account's address, and hold our own words, with names made harmless.

    Best effort where a person waits: a mail that fails is logged, and what it is about has happened all the same.
    """

    mail: Callable[[], DirectMail]

    def new_sign_in(self, to: str, *, device: str, at: datetime, locale: str | None = None) -> None:
        """Tell a person of a sign-in from a new device."""
        self._send(to, "new_sign_in", {"device": name_in_mail(device), "at": at}, locale)

    def device_moved(self, to: str, *, at: datetime, locale: str | None = None) -> None:
        """Tell a person that another account registered one of their devices."""
        self._send(to, "device_moved", {"at": at}, locale)

    def role_changed(self, about: RoleMail) -> bool:
        """Tell a member of their new role, once for each key. Return False if the address can get no mail.

        Raises Unavailable if mail is down: then call again.
        """
        values = {
            "team": name_in_mail(about.team),
            "role": about.role,
            "previous_role": about.previous_role,
            "by": None if about.by is None else name_in_mail(about.by),
            "at": about.at,
        }
        try:
            self.mail().send(about.to, "role_changed", values, link=SESSIONS_PATH, key=about.key, locale=about.locale)
        except InvalidRequest as error:
            _log_unsent("role_changed", error)
            return False
        return True

    def _send(self, to: str, template: str, values: Mapping[str, object], locale: str | None) -> None:
        try:
            self.mail().send(to, template, values, link=SESSIONS_PATH, patience=PATIENCE, locale=locale)
        except OwlpostError as error:
            _log_unsent(template, error)


def _log_unsent(template: str, error: OwlpostError) -> None:
    logger().warning("security mail was not sent", extra={"template": template, "error": type(error).__name__})
