"""Mails that do not pass the dispatcher: to people who have no account yet, or who are about to sign in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from owlpost.channels.email.channel import mail_sender
from owlpost.channels.email.message import Mail, MailMessage, MailSender
from owlpost.channels.email.render import LONGEST_SUBJECT, environment
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.email.text import one_line
from owlpost.domain.addresses import deliverable
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.direct_mails import DirectMailOutcome, Record, unrecorded
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.outcomes import Failed, Retry, Sent
from owlpost.domain.reasons import Reason
from owlpost.domain.refusals import OutcomeUnknown, Unavailable
from owlpost.observability import count, logger
from owlpost.sandbox import Closeable

#: Shorter than a person waits, and than the function's timeout.
PATIENCE = timedelta(seconds=8)
PAUSE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Heading:
    """The subject of a template and the line above it; both may contain the template's values in braces."""

    subject: str
    label: str


HEADINGS: dict[str, Heading] = {
    "verification_code": Heading("{code} is your code to sign in", "Sign in"),
    "new_sign_in": Heading("New sign-in to your account", "Security"),
    "device_moved": Heading("Your device moved to another account", "Security"),
    "role_changed": Heading("Your role in a team changed", "Security"),
    "team_invitation": Heading("You are invited to a team on Owlmetry", "Invitation"),
    "job_alert": Heading("{title}", "System job"),
}


@dataclass(frozen=True, slots=True)
class SentAtOnce:
    """A `services.direct_mail.DirectMail` that uses the sender of the e-mail channel."""

    sender: MailSender
    web_url: str
    now: Clock
    record: Record = unrecorded

    def send(
        self,
        to: str,
        template: str,
        values: Mapping[str, object],
        *,
        link: str | None = None,
        key: str | None = None,
        patience: timedelta | None = None,
    ) -> None:
        address = deliverable(to)
        if address is None:
            raise InvalidRequest("email", "has no form that mail providers accept")
        mail = _render(template, values, link=self.web_url + link if link else None)
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
        self.record(DirectMailOutcome(template, address, "failed", Reason.OUTCOME_UNKNOWN if in_doubt else reason))
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


def _render(template: str, values: Mapping[str, object], *, link: str | None) -> Mail:
    heading = HEADINGS[template]
    subject = one_line(heading.subject.format_map(values), LONGEST_SUBJECT)
    content = {**values, "subject": subject, "label": heading.label, "preheader": heading.label, "link": link}
    return Mail(
        subject=subject,
        html=environment().get_template(f"{template}.html.j2").render(content),
        text=environment().get_template(f"{template}.txt.j2").render(content),
        preheader=heading.label,
    )


def build(section: Mapping[str, str], record: Record = unrecorded) -> SentAtOnce:
    """Build it from the section of the e-mail channel. Raises Misconfigured for an invalid value."""
    settings = EmailSettings.from_section(section)
    return SentAtOnce(mail_sender(settings), settings.web_url, utc_now, record)
