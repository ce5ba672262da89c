"""Sends mail through Resend's HTTP API, up to 100 in a call. Repeating a call with the same key sends nothing twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import httpx

from owlpost import observability
from owlpost.channels.adapter import Promises
from owlpost.channels.email import resend_answers
from owlpost.channels.email.message import MailMessage
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.provider_answer import LARGEST_BODY
from owlpost.domain import json_values
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.mail_events import DELIVERY_TAG
from owlpost.domain.outcomes import Outcome, Retry
from owlpost.domain.reasons import Reason

if TYPE_CHECKING:
    from resend import Emails

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
#: No call starts with less time than this before the deadline.
SHORTEST_CALL_SECONDS = 1.0
#: Longer than a busy worker pauses between two batches, shorter than most servers keep an idle connection.
KEEP_ALIVE_SECONDS = 30.0
#: Headers about the body as it was sent, which is decoded when we have read it.
OF_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class ResendSender:
    """A MailSender. Keeps one client and its connection across invocations; tests pass their own `transport`."""

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
        transport: httpx.BaseTransport | None = None,
        now: Clock = utc_now,
    ) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": "owlpost"},
            transport=transport or httpx.HTTPTransport(limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_SECONDS)),
            trust_env=False,
        )
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
        self._client.close()

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

    def _call(self, payload: bytes, *, key: str, deadline: datetime) -> httpx.Response:
        """Return the response. While Resend answers that we are over its rate limit, wait as it asks and repeat the call.

        Nothing was sent in that case, and another attempt later would cost two statements and a message for each mail.
        """
        while True:
            response = self._post(payload, key=key, deadline=deadline)
            self._pacer.observe(response.headers)
            if not resend_answers.says_when(response):
                return response
            observability.count("MailOverLimit", channel="email")

    def _post(self, payload: bytes, *, key: str, deadline: datetime) -> httpx.Response:
        """Post once. Raises TransientFault if no response came; it is ambiguous unless nothing can have reached Resend."""
        self._pacer.wait(within=self._seconds_until(deadline) - SHORTEST_CALL_SECONDS)
        try:
            with self._client.stream(
                "POST",
                "/emails/batch",
                content=payload,
                headers={
                    "Content-Type": "application/json",
                    "Idempotency-Key": key,
                    "x-batch-validation": "permissive",
                },
                timeout=_timeout(self._seconds_until(deadline)),
            ) as response:
                return self._read(response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TransientFault(Reason.UNREACHABLE, str(error)) from error
        except httpx.RequestError as error:
            raise TransientFault(Reason.ANSWER_LOST, f"{type(error).__name__}: {error}", ambiguous=True) from error

    def _read(self, response: httpx.Response, deadline: datetime) -> httpx.Response:
        """Return the response with its whole body. Raises TransientFault if that is endless: too large, or too slow."""
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST_BODY:
                raise TransientFault(Reason.UNREADABLE_ANSWER, "the answer is too large", ambiguous=True)
            if self._seconds_until(deadline) <= 0:
                raise TransientFault(Reason.ANSWER_LOST, "the answer came too slowly", ambiguous=True)
        headers = {name: value for name, value in response.headers.items() if name not in OF_THE_BODY}
        return httpx.Response(response.status_code, headers=headers, content=bytes(body))

    def _seconds_until(self, deadline: datetime) -> float:
        return (deadline - self._now()).total_seconds()


def _timeout(seconds: float) -> httpx.Timeout:
    """Return time limits for the steps of a call that together fit into `seconds`."""
    step = max(seconds, SHORTEST_CALL_SECONDS) / 4
    connect = min(CONNECT_SECONDS, step)
    return httpx.Timeout(
        connect=connect, pool=connect, write=min(CONNECT_SECONDS, step), read=min(READ_SECONDS, 2 * step)
    )
