"""Mails that warn a person about their account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from owlpost.domain.errors import OwlpostError
from owlpost.domain.text import name_in_mail
from owlpost.observability import logger
from owlpost.services.direct_mail import DirectMail

#: Short, because a person waits for the sign-in that the mail is about.
PATIENCE = timedelta(seconds=2)
SESSIONS_PATH = "/dashboard/profile/sessions"


@dataclass(frozen=True, slots=True)
class SecurityMail:
    """Best effort: a mail that fails is logged, and what it is about has happened all the same."""

    mail: Callable[[], DirectMail]

    def new_sign_in(self, to: str, *, device: str, at: datetime) -> None:
        """Tell a person of a sign-in from a new device."""
        self._send(to, "new_sign_in", {"device": name_in_mail(device) or "unknown", "at": _moment(at)})

    def device_moved(self, to: str, *, at: datetime) -> None:
        """Tell a person that another account registered one of their devices."""
        self._send(to, "device_moved", {"at": _moment(at)})

    def _send(self, to: str, template: str, values: Mapping[str, object]) -> None:
        try:
            self.mail().send(to, template, values, link=SESSIONS_PATH, patience=PATIENCE)
        except OwlpostError as error:
            logger().warning("security mail was not sent", extra={"template": template, "error": type(error).__name__})


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
