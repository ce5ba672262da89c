"""Sends mail through Resend's HTTP API, up to 100 in a call. Repeating a call with the same key sends nothing twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from owlpost import observability
from owlpost.channels.adapter import Promises
from owlpost.channels.email import resend_answers
from owlpost.channels.email.message import MailMessage
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.http_call import HttpCall
from owlpost.channels.provider_answer import LARGEST_BODY
from owlpost.channels.replies import AnswerLostError, NotSentError, Poster, Reply
from owlpost.domain import json_values
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.mail_events import DELIVERY_TAG
from owlpost.domain.outcomes import Outcome, Retry
from owlpost.domain.reasons import Reason
from owlpost.sandbox import Closeable

if TYPE_CHECKING:
    from resend import Emails

CONNECT_SECONDS = 3.0
LONGEST_CALL_SECONDS = 15.0
#: No call starts with less time than this before the deadline.
SHORTEST_CALL_SECONDS = 1.0
#: Longer than a busy worker pauses between two batches, shorter than most servers keep an idle connection.
KEEP_ALIVE_SECONDS = 30.0


class ResendSender:
    """A MailSender. Keeps one client and its connection across invocations; tests pass their own `http`."""

    provider = "resend"
    promises = Promises("same", freezes=True)

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        pacer: Pacer,
        sender: str,
        reply_to: str | None = None,
        http: Poster | None = None,
        now: Clock = utc_now,
    ) -> None:
        self._http = http or HttpCall(kept=KEEP_ALIVE_SECONDS, connecting=CONNECT_SECONDS)
        self._url = base_url.rstrip("/") + "/emails/batch"
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "User-Agent": "owlpost",
            "Content-Type": "application/json",
            "x-batch-validation": "permissive",
        }
        self._pacer = pacer
        self._from = sender
        self._reply_to = reply_to
        self._now = now

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:
        """See MailSender. Resend accepts up to 100 messages in a call."""
        try:
            response = self._call(self._payload(messages), key=key, deadline=deadline)
        except TransientFault as fault:
            return [Retry(fault)] * len(messages)
        if resend_answers.is_operators_fault(response):
            observability.count("MailMisconfigured", channel="email")
        return resend_answers.outcomes(response, count=len(messages))

    def close(self) -> None:
        """Close the connections. A function's container never does: it keeps them for its next invocation."""
        if isinstance(self._http, Closeable):
            self._http.close()

    def _payload(self, messages: Sequence[MailMessage]) -> bytes:
        """Return the body. It depends on the messages alone: Resend compares it with the first use of the key."""
        return json_values.compact([self._fields(message) for message in messages]).encode()

    def _fields(self, message: MailMessage) -> "Emails.SendParams":
        """Return one mail of the body. The type of Resend's own SDK has mypy check names and values."""
        mail = message.mail
        fields: Emails.SendParams = {
            "from": self._from,
            "to": [message.to],
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "headers": dict(mail.headers),
        }
        if self._reply_to:
            fields["reply_to"] = self._reply_to
        if message.delivery_id:
            fields["tags"] = [{"name": DELIVERY_TAG, "value": str(message.delivery_id)}]
        return fields

    def _call(self, payload: bytes, *, key: str, deadline: datetime) -> Reply:
        """Return the answer. While Resend answers that we are over its rate limit, wait as it asks and repeat the call.

        Nothing was sent in that case, and another attempt later would cost two statements and a message for each mail.
        """
        while True:
            response = self._post(payload, key=key, deadline=deadline)
            self._pacer.observe(response.headers)
            if not resend_answers.says_when(response):
                return response
            observability.count("MailOverLimit", channel="email")

    def _post(self, payload: bytes, *, key: str, deadline: datetime) -> Reply:
        """Post once. Raises TransientFault if no answer came; it is ambiguous unless nothing can have reached Resend."""
        self._pacer.wait(within=self._seconds_until(deadline) - SHORTEST_CALL_SECONDS)
        headers = {**self._headers, "Idempotency-Key": key}
        seconds = min(LONGEST_CALL_SECONDS, max(SHORTEST_CALL_SECONDS, self._seconds_until(deadline)))
        try:
            reply = self._http.post(self._url, payload, headers, seconds=seconds)
        except NotSentError as error:
            raise TransientFault(Reason.UNREACHABLE, str(error)) from error
        except AnswerLostError as error:
            raise TransientFault(Reason.ANSWER_LOST, str(error), ambiguous=True) from error
        if len(reply.body) >= LARGEST_BODY:
            raise TransientFault(Reason.UNREADABLE_ANSWER, "the answer is too large", ambiguous=True)
        return reply

    def _seconds_until(self, deadline: datetime) -> float:
        return (deadline - self._now()).total_seconds()
