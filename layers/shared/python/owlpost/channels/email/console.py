"""The sender that is used without an API key: it logs each mail instead of sending it."""

from collections.abc import Sequence
from datetime import datetime

from owlpost import observability
from owlpost.channels.adapter import Promises
from owlpost.channels.email.message import MailMessage
from owlpost.domain.outcomes import Outcome, Sent


class ConsoleSender:
    """A MailSender. Logs the text of a mail at level DEBUG only."""

    provider = None
    promises = Promises("same", freezes=True)

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:  # noqa: ARG002 (printing takes no time)
        log = observability.logger()
        for message in messages:
            mail = {"recipient": message.to, "correlation_id": message.correlation_id}
            log.info("Mail", extra={**mail, "subject": message.mail.subject, "batch": key})
            log.debug("Mail's text", extra={**mail, "text": message.mail.text})
        return [Sent({"provider_id": "console"})] * len(messages)
