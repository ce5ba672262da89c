"""Mails that do not pass the dispatcher: to people who have no account yet, or who are about to sign in."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from owlpost.channels.email.channel import mail_sender
from owlpost.channels.email.message import Mail, MailMessage, MailSender
from owlpost.channels.email.render import LONGEST_SUBJECT, environment
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.email.text import one_line
from owlpost.domain.addresses import deliverable
from owlpost.domain.brand import OWL, Brand
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.direct_mails import DirectMailOutcome, Record, unrecorded
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.outcomes import Failed, Retry, Sent
from owlpost.domain.reasons import Reason
from owlpost.domain.refusals import OutcomeUnknown, Unavailable
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.sandbox import Closeable
from owlpost.words import english, of

#: Shorter than a person waits, and than the function's timeout.
PATIENCE = timedelta(seconds=8)
PAUSE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class SentAtOnce:
    """A `services.direct_mail.DirectMail` that uses the sender of the e-mail channel."""

    sender: MailSender
    web_url: str
    now: Clock
    record: Record = unrecorded
    #: A mail whose key the provider has seen reaches nobody twice.
    recognises_repeats: bool = False
    brand: Brand = OWL

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
        address = deliverable(to)
        if address is None:
            raise InvalidRequest("email", "has no form that mail providers accept")
        mail = _render(template, values, self.brand, locale, web_url=self.web_url, link=link)
        [outcome] = self.sender.send(
            [MailMessage(address, mail)], key=key or str(uuid4()), deadline=self.now() + (patience or PATIENCE)
        )
        if isinstance(outcome, Sent):
            provider_id = outcome.metadata.get("provider_id")
            self.record(
                DirectMailOutcome(template, address, "sent", provider_id=str(provider_id) if provider_id else None)
            )
            return
        reason = outcome.fault.reason if isinstance(outcome, Retry) else outcome.reason
        if key and reason == Reason.OUTCOME_UNKNOWN:  # an earlier mail used this key
            return
        count("DirectMailFailed", channel="email")
        in_doubt = isinstance(outcome, Retry) and outcome.fault.ambiguous
        error = Reason.OUTCOME_UNKNOWN if in_doubt else reason
        bounced = outcome.bounced if isinstance(outcome, Failed) else None
        self.record(DirectMailOutcome(template, address, "failed", error, bounced=bounced))
        logger().warning("mail was not sent", extra={"template": template, "reason": reason})
        if isinstance(outcome, Failed):
            raise InvalidRequest("email", "was refused by the mail provider")
        if in_doubt:
            raise OutcomeUnknown("The mail may not have been sent.", retry_after=PAUSE_SECONDS)
        raise Unavailable("The mail could not be sent. Please try again in a moment.", retry_after=PAUSE_SECONDS)

    def close(self) -> None:
        """Close the connections of the sender, if it keeps any."""
        if isinstance(self.sender, Closeable):
            self.sender.close()


def _render(
    template: str, values: Mapping[str, object], brand: Brand, locale: str | None, *, web_url: str, link: str | None
) -> Mail:
    words = of(locale, brand.name)
    subject = one_line(words(f"mail.{template}.subject", **values), LONGEST_SUBJECT)
    label = words(f"mail.{template}.label")
    content = {
        **values,
        "words": words,
        "brand": brand,
        "picture": brand.picture(web_url),
        "subject": subject,
        "label": label,
        "preheader": label,
        "link": web_url + link if link else None,
    }
    return Mail(
        subject=subject,
        html=environment().get_template(f"{template}.html.j2").render(content),
        text=environment().get_template(f"{template}.txt.j2").render(content),
        preheader=label,
    )


def templates() -> list[str]:
    """Return the names of the templates of direct mails: those whose subject stands in the catalogue."""
    parts = (key.split(".") for key in english().texts)
    return [key[1] for key in parts if len(key) == 3 and key[0] == "mail" and key[2] == "subject"]


def build(section: Mapping[str, str], record: Record = unrecorded) -> SentAtOnce:
    """Build it from the section of the e-mail channel. Raises Misconfigured for an invalid value."""
    settings = EmailSettings.from_section(section)
    sender = mail_sender(settings, at_once=True)
    return SentAtOnce(
        sender,
        settings.web_url,
        utc_now,
        record,
        recognises_repeats=sender.promises.repeat == "same",
        brand=Brand.of(section),
    )
