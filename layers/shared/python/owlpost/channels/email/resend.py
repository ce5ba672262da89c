"""Mail by Resend's HTTP API: a hundred in a call, sent once under their key however often the call is made."""

from collections.abc import Sequence
from datetime import datetime

import httpx

from owlpost import observability
from owlpost.channels.email import resend_answers
from owlpost.channels.email.message import Letter
from owlpost.channels.email.pacing import Pacer
from owlpost.domain import json_values
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.mail_events import DELIVERY_TAG
from owlpost.domain.outcomes import Outcome, Retry

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
#: With less than this before the deadline, a call is not begun.
SHORTEST_CALL_SECONDS = 1.0
#: Longer than the pause between two batches of a busy worker, shorter than servers commonly hold an idle connection.
KEEP_ALIVE_SECONDS = 30.0


class ResendSender:
    """A MailSender. One client, kept with its connection across invocations; `transport` is the seam for tests."""

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

    def send(self, letters: Sequence[Letter], *, key: str, deadline: datetime) -> list[Outcome]:
        """See MailSender; Resend takes up to a hundred letters."""
        try:
            response = self._call(self._payload(letters), key=key, deadline=deadline)
        except TransientFault as fault:
            return [Retry(fault)] * len(letters)
        if resend_answers.is_operators_fault(response):
            observability.count("MailMisconfigured", channel="email")
        return resend_answers.outcomes(response, count=len(letters))

    def close(self) -> None:
        """Give the connections up; a function's container keeps them instead, for its next invocation."""
        self._client.close()

    def _payload(self, letters: Sequence[Letter]) -> bytes:
        """The call's body, a function of the letters alone: Resend compares it with that of the key's first use."""
        return json_values.compact([self._fields(letter) for letter in letters]).encode()

    def _fields(self, letter: Letter) -> dict[str, object]:
        mail = letter.mail
        fields: dict[str, object] = {
            "from": self._from,
            "to": [letter.to],
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "headers": dict(mail.headers),
        }
        if self._reply_to:
            fields["reply_to"] = self._reply_to
        if letter.delivery_id:
            fields["tags"] = [{"name": DELIVERY_TAG, "value": str(letter.delivery_id)}]
        return fields

    def _call(self, payload: bytes, *, key: str, deadline: datetime) -> httpx.Response:
        """The answer to the call, made again when Resend says for as long as it is over the limit and there is time.

        Over the limit nothing was sent; to come back with the mails later would cost statements and messages for each.
        """
        while True:
            response = self._post(payload, key=key, deadline=deadline)
            self._pacer.observe(response.headers)
            if not resend_answers.says_when(response):
                return response
            observability.count("MailOverLimit", channel="email")

    def _post(self, payload: bytes, *, key: str, deadline: datetime) -> httpx.Response:
        """Raises TransientFault where no answer came; ambiguous unless nothing can have reached Resend."""
        self._pacer.wait(within=self._seconds_until(deadline) - SHORTEST_CALL_SECONDS)
        try:
            return self._client.post(
                "/emails/batch",
                content=payload,
                headers={
                    "Content-Type": "application/json",
                    "Idempotency-Key": key,
                    "x-batch-validation": "permissive",
                },
                timeout=_timeout(self._seconds_until(deadline)),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TransientFault("unreachable", str(error)) from error
        except httpx.RequestError as error:
            raise TransientFault("answer_lost", f"{type(error).__name__}: {error}", ambiguous=True) from error

    def _seconds_until(self, deadline: datetime) -> float:
        return (deadline - self._now()).total_seconds()


def _timeout(seconds: float) -> httpx.Timeout:
    """Limits of the steps of a call such that all of them together fit into `seconds`."""
    step = max(seconds, SHORTEST_CALL_SECONDS) / 4
    connect = min(CONNECT_SECONDS, step)
    return httpx.Timeout(
        connect=connect, pool=connect, write=min(CONNECT_SECONDS, step), read=min(READ_SECONDS, 2 * step)
    )
