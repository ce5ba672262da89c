"""Sends mail by SMTP: one mail after the other over one connection.

SMTP knows no idempotency key. Until the server has been sent the end of a mail nothing can have been accepted; after that only
its answer tells, and without one the outcome is unknown (RFC 5321, 4.2.5 and 4.5.3.2.6). Codes: RFC 5321, RFC 3463, RFC 4954.
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parseaddr

from owlpost import observability
from owlpost.channels.adapter import Promises
from owlpost.channels.email.message import MailMessage
from owlpost.channels.email.mime import mime_of
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.provider_answer import storable
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason

#: Seconds that a connection may be idle, and mails that it carries.
IDLE_SECONDS = 30.0
MAILS_PER_CONNECTION = 100
#: No mail begins with less time than this before the deadline.
SHORTEST_SECONDS = 5.0
LONGEST_STEP_SECONDS = 30.0
#: Seconds until we look whether the operator has mended what the server refuses.
OPERATORS_PAUSE = 300.0
BUSY_SECONDS = 60.0
#: Amazon SES by SMTP refuses our sender after the content (GoogleCloudPlatform/cloud-build-notifiers#87).
UNVERIFIED = "not verified"
#: Enhanced codes of a mailbox that does not exist (RFC 3463, 3.2).
NO_MAILBOX = re.compile(r"\b5\.1\.(1|2|10)\b")


class _Refused(Exception):
    """The server refused a mail for good."""

    def __init__(self, reason: str, reply: str) -> None:
        super().__init__(reason)
        self.outcome = Failed(
            reason, {"message": reply}, bounced=reply if reason == ProviderReason.SMTP_NO_MAILBOX else None
        )


class SmtpSender:
    """A MailSender. Keeps one connection across invocations; `connect` opens another."""

    provider = "smtp"
    promises = Promises("twice", most=10)

    def __init__(
        self,
        *,
        connect: Callable[[float], smtplib.SMTP],
        sender: str,
        reply_to: str | None = None,
        now: Clock = utc_now,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connect = connect
        self._from = sender
        self._reply_to = reply_to
        self._now = now
        self._clock = clock
        self._connection: smtplib.SMTP | None = None
        self._used_at = 0.0
        self._mails = 0

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:  # noqa: ARG002 (SMTP knows no keys)
        """See MailSender. After a fault of the connection or of our account, the mails that are left are not tried."""
        outcomes: list[Outcome] = []
        for message in messages:
            outcome = self._send_one(message, deadline)
            outcomes.append(outcome)
            if isinstance(outcome, Retry) and (outcome.fault.misconfigured or self._connection is None):
                left = outcome if not outcome.fault.ambiguous else Retry(TransientFault(Reason.CONNECTION_LOST))
                outcomes += [left] * (len(messages) - len(outcomes))
                break
        if any(isinstance(outcome, Retry) and outcome.fault.misconfigured for outcome in outcomes):
            observability.count("MailMisconfigured", channel="email")
        return outcomes

    def close(self) -> None:
        """Drop the connection. The next mail opens another."""
        connection, self._connection = self._connection, None
        if connection:
            with suppress(OSError, smtplib.SMTPException):
                connection.close()

    def _send_one(self, message: MailMessage, deadline: datetime) -> Outcome:
        try:
            return self._transact(self._ready(deadline), message, deadline)
        except _Refused as refused:
            return refused.outcome
        except TransientFault as fault:
            return Retry(fault, {"message": str(fault)} if str(fault) else {})
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Retry(TransientFault(Reason.UNREACHABLE, type(error).__name__))

    def _ready(self, deadline: datetime) -> smtplib.SMTP:
        """Return a connection that is logged in and alive."""
        seconds = self._step(deadline)
        idle = self._clock() - self._used_at
        if self._connection and (idle > IDLE_SECONDS or self._mails >= MAILS_PER_CONNECTION or not self._alive()):
            self.close()
        if self._connection is None:
            self._connection, self._mails, self._used_at = self._connect(seconds), 0, self._clock()
        return self._connection

    def _alive(self) -> bool:
        try:
            return self._connection is not None and self._connection.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _transact(self, connection: smtplib.SMTP, message: MailMessage, deadline: datetime) -> Outcome:
        """Send one mail. Nothing is in doubt until its end is sent."""
        content = mime_of(message, sender=self._from, reply_to=self._reply_to, at=self._now())
        self._limit(connection, deadline)
        connection.rset()
        self._expect(connection.mail(parseaddr(self._from)[1]), refusal=ProviderReason.SMTP_SENDER_REFUSED, ours=True)
        self._expect(connection.rcpt(message.to), refusal=ProviderReason.SMTP_REFUSED)
        self._expect(connection.docmd("DATA"), refusal=ProviderReason.SMTP_REFUSED, good=3)
        self._put(connection, _stuffed(content), deadline)
        reply = self._finish(connection)
        self._expect(reply, refusal=ProviderReason.SMTP_REFUSED)
        self._used_at = self._clock()
        return Sent({"provider_id": _text(reply[1])})

    def _put(self, connection: smtplib.SMTP, content: bytes, deadline: datetime) -> None:
        """Send the content without its end. If that fails, the server has nothing, and the connection is good for nothing."""
        try:
            self._limit(connection, deadline)
            connection.send(content)
            self._limit(connection, deadline)
        except BaseException:
            self.close()
            raise

    def _finish(self, connection: smtplib.SMTP) -> tuple[int, bytes]:
        """Send the end of the content and return the reply. Raises TransientFault, ambiguous, without one that can be read."""
        self._mails += 1
        try:
            connection.send(b".\r\n")
            reply = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise TransientFault(Reason.ANSWER_LOST, type(error).__name__, ambiguous=True) from error
        if not 200 <= reply[0] < 600:
            self.close()
            raise TransientFault(Reason.UNREADABLE_ANSWER, _text(reply[1]), ambiguous=True)
        return reply

    def _expect(self, reply: tuple[int, bytes], *, refusal: str, ours: bool = False, good: int = 2) -> None:
        """Raises unless the reply is good: TransientFault if it passes or is ours to mend, else _Refused."""
        code, text = reply[0], f"{reply[0]} {_text(reply[1])}"
        if code // 100 == good:
            return
        if code == 421 or code // 100 not in {4, 5}:  # it hangs up, or speaks something else
            self.close()
        if code // 100 != 5:
            raise TransientFault(
                ProviderReason.SMTP_BUSY, text, retry_after=BUSY_SECONDS, counts=code not in {421, 454}
            )
        if ours or UNVERIFIED in text:
            refusal = ProviderReason.SMTP_SENDER_REFUSED
            raise TransientFault(refusal, text, retry_after=OPERATORS_PAUSE, counts=False, misconfigured=True)
        raise _Refused(ProviderReason.SMTP_NO_MAILBOX if NO_MAILBOX.search(text) else refusal, text)

    def _limit(self, connection: smtplib.SMTP, deadline: datetime) -> None:
        if connection.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        connection.sock.settimeout(self._step(deadline))

    def _step(self, deadline: datetime) -> float:
        """Return the seconds that one step may take. Raises TransientFault if the deadline is too near."""
        left = (deadline - self._now()).total_seconds()
        if left < SHORTEST_SECONDS:
            raise TransientFault(Reason.DEADLINE, counts=False)
        return min(LONGEST_STEP_SECONDS, left - 1)


def connector(settings: EmailSettings) -> Callable[[float], smtplib.SMTP]:
    """Return what opens a connection within `seconds` a step: encrypted, and logged in if there is an account."""
    host = settings.smtp_host or ""
    tls = ssl.create_default_context(cafile=settings.smtp_ca_file)

    def connect(seconds: float) -> smtplib.SMTP:
        try:
            if settings.smtp_tls == "implicit":
                connection: smtplib.SMTP = smtplib.SMTP_SSL(host, settings.smtp_port, timeout=seconds, context=tls)
            else:
                connection = smtplib.SMTP(host, settings.smtp_port, timeout=seconds)
            return _prepared(connection, settings, tls)
        except (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError) as error:
            raise _ours(ProviderReason.SMTP_NO_TLS, str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code // 100 == 4:
                raise TransientFault(ProviderReason.SMTP_BUSY, retry_after=BUSY_SECONDS, counts=False) from error
            raise _ours(ProviderReason.SMTP_LOGIN_REFUSED, f"{error.smtp_code}") from error

    return connect


def _prepared(connection: smtplib.SMTP, settings: EmailSettings, tls: ssl.SSLContext) -> smtplib.SMTP:
    try:
        connection.ehlo_or_helo_if_needed()
        if settings.smtp_tls == "starttls":
            connection.starttls(context=tls)
            connection.ehlo()
        if settings.smtp_username and settings.smtp_password:
            connection.login(settings.smtp_username, settings.smtp_password)
    except BaseException:
        connection.close()
        raise
    return connection


def _ours(reason: str, text: str) -> TransientFault:
    return TransientFault(reason, text, retry_after=OPERATORS_PAUSE, counts=False, misconfigured=True)


def _stuffed(content: bytes) -> bytes:
    """Return the content with each leading dot doubled and a line break at its end (RFC 5321, 4.5.2)."""
    stuffed = re.sub(rb"(?m)^\.", b"..", content)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _text(reply: bytes) -> str:
    return storable(reply.decode("utf-8", "replace"))


def build(settings: EmailSettings, *, at_once: bool = False) -> SmtpSender:  # noqa: ARG001 (each step takes what is left)
    return SmtpSender(connect=connector(settings), sender=settings.email_from, reply_to=settings.email_reply_to)
