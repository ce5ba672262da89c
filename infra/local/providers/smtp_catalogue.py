"""Replies of mail servers to a mail that they do not take, by the phase in which they come.

Servers choose words and enhanced codes by themselves; the first digit is what RFC 5321 promises, and the rest is as the
source has it.
"""

from dataclasses import dataclass

from owlpost.channels.provider_answer import Meaning

_QUOTAS = "[AWS ses/latest/dg/manage-sending-quotas-errors.html]"


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """One reply. `phase` is MAIL, RCPT or DATA, the last after the content."""

    phase: str
    text: str
    meaning: Meaning
    source: str


REPLIES: dict[str, SmtpReply] = {
    "no_mailbox": SmtpReply("RCPT", "550 5.1.1 no such user", Meaning.DEAD, "RFC 3463, 3.2"),
    "no_domain": SmtpReply("RCPT", "550 5.1.2 no such domain", Meaning.DEAD, "RFC 3463, 3.2"),
    "no_mail_here": SmtpReply("RCPT", "556 5.1.10 the domain accepts no mail", Meaning.DEAD, "RFC 7505, 4.2"),
    "policy": SmtpReply("DATA", "550 5.7.1 this message violates our policy", Meaning.REFUSED, "RFC 3463, 3.8"),
    "too_big": SmtpReply(
        "DATA", "552 5.3.4 message too big for system", Meaning.REFUSED, "RFC 3463, 3.4; RFC 1870, 6.3"
    ),
    "failed": SmtpReply("DATA", "554 transaction failed", Meaning.REFUSED, "RFC 5321, 4.2.3"),
    "greylisted": SmtpReply("RCPT", "451 4.7.1 try again later", Meaning.PASSES, "RFC 6647, 2.1"),
    "mailbox_full": SmtpReply("RCPT", "452 4.2.2 mailbox full", Meaning.PASSES, "RFC 3463, 3.3"),
    "storage": SmtpReply("DATA", "452 4.3.1 mail system full", Meaning.PASSES, "RFC 3463, 3.4; RFC 5321, 4.2.3"),
    "relay_limit": SmtpReply(
        "RCPT",
        "450 4.2.1 Peak SMTP relay limit exceeded for this customer. This is a temporary error.",
        Meaning.PASSES,
        "[support.google.com/a/answer/3726730]",
    ),
    "going_down": SmtpReply("MAIL", "421 4.3.2 system not accepting messages", Meaning.TOO_FAST, "RFC 5321, 3.8"),
    "rate": SmtpReply("DATA", "454 Throttling failure: Maximum sending rate exceeded", Meaning.TOO_FAST, _QUOTAS),
    "daily_quota": SmtpReply("DATA", "454 Throttling failure: Daily message quota exceeded", Meaning.TOO_FAST, _QUOTAS),
    "login_wanted": SmtpReply("MAIL", "530 5.7.0 authentication required", Meaning.OPERATOR, "RFC 4954, 6"),
    "sender": SmtpReply("MAIL", "553 5.7.1 not your address", Meaning.OPERATOR, "RFC 5321, 4.2.3"),
    # Amazon SES by SMTP says so only after the content.
    "not_verified": SmtpReply(
        "DATA",
        "554 Message rejected: Email address is not verified. The following identities failed the check in region"
        " US-EAST-1: owl@owls.example",
        Meaning.OPERATOR,
        "GoogleCloudPlatform/cloud-build-notifiers#87",
    ),
}
