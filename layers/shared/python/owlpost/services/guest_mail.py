"""Direct mail of a staging installation: nobody but its guests gets any."""

from collections.abc import Mapping
from datetime import timedelta

from owlpost.domain.direct_mails import DirectMailOutcome, Record, unrecorded
from owlpost.domain.guest_list import GuestList
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.services.direct_mail import RecognisingMail


@dataclass(frozen=True, slots=True)
class MailToGuests:
    """A DirectMail that sends to guests through another. To anybody else it sends nothing, and its caller does not notice."""

    mail: RecognisingMail
    guests: GuestList
    record: Record = unrecorded

    @property
    def recognises_repeats(self) -> bool:
        return self.mail.recognises_repeats

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
        """Send as DirectMail does, and raise what it raises."""
        if self.guests.admits(to):
            self.mail.send(to, template, values, link=link, key=key, patience=patience, locale=locale)
            return
        logger().info("direct mail skipped", extra={"template": template, "reason": Reason.NOT_ON_GUEST_LIST})
        count("DirectMailSkipped")
        self.record(DirectMailOutcome(template, to, "skipped", Reason.NOT_ON_GUEST_LIST))
