"""One mail at Resend: its errors, and its record in the ledger."""

import json
import re
from email.utils import parseaddr
from typing import Any

from infra.local.providers.ledger import Accepted
from infra.local.providers.resend_catalogue import TEST_ADDRESS, TEST_DOMAINS

ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\".]+(\.[^\s@<>,;\".]+)+")
NAMED_ADDRESS = re.compile(rf"[^<>\r\n]*<({ADDRESS.pattern})>")
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
MAX_RECIPIENTS = 50
EXPECTED = "The email address needs to follow the `email@example.com` or `Name <email@example.com>` format."


class MailRefusedError(Exception):
    """A mail that cannot be created: Resend's name for the error (both are 422) and its message."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


def validate(mail: Any) -> None:
    """Raise MailRefusedError for the first thing wrong with a mail."""
    if not isinstance(mail, dict):
        raise MailRefusedError("validation_error", "The mail must be an object.")
    for field in ("from", "to", "subject"):
        if not mail.get(field):
            raise MailRefusedError("missing_required_field", f"Missing `{field}` field.")
    if not (mail.get("html") or mail.get("text")):
        raise MailRefusedError("missing_required_field", "Missing `html` or `text` field.")
    _check_addresses(mail)
    _check_texts(mail)
    _check_tags(mail.get("tags"))


def recipients(mail: Any) -> list[Any]:
    """Return the addresses a mail goes to, as they stand; an empty list for what is no mail."""
    to = mail.get("to", []) if isinstance(mail, dict) else []
    return to if isinstance(to, list) else [to]


def accepted_mail(mail: dict[str, Any], *, at: float, provider_id: str, idempotency_key: str | None) -> Accepted:
    """Return what the ledger keeps of a valid mail."""
    headers = mail.get("headers") or {}
    names = {name.lower(): value for name, value in headers.items()}
    return Accepted(
        at=at,
        channel="email",
        provider="resend",
        recipient=", ".join(recipients(mail)),
        provider_id=provider_id,
        idempotency_key=idempotency_key,
        delivery_id=names.get("x-owlpost-delivery"),
        subject=mail["subject"],
        text=mail.get("text"),
        html=mail.get("html"),
        headers=json.dumps({"from": mail["from"], **headers}),
        payload=json.dumps({"tags": mail.get("tags") or []}),
    )


def _check_addresses(mail: dict[str, Any]) -> None:
    if len(recipients(mail)) > MAX_RECIPIENTS:
        raise MailRefusedError("validation_error", f"The `to` field takes up to {MAX_RECIPIENTS} addresses.")
    for field, address in [("from", mail["from"]), *(("to", address) for address in recipients(mail))]:
        if not (isinstance(address, str) and (ADDRESS.fullmatch(address) or NAMED_ADDRESS.fullmatch(address))):
            raise MailRefusedError("validation_error", f"Invalid `{field}` field. {EXPECTED}")
    if any(parseaddr(address)[1].rpartition("@")[2].lower() in TEST_DOMAINS for address in recipients(mail)):
        raise MailRefusedError("validation_error", TEST_ADDRESS)


def _check_texts(mail: dict[str, Any]) -> None:
    headers = mail.get("headers") or {}
    if not isinstance(headers, dict):
        raise MailRefusedError("validation_error", "Invalid `headers` field. It must be an object.")
    lines = {"subject": mail["subject"], **headers}
    for name, value in lines.items():
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise MailRefusedError("validation_error", f"Invalid `{name}`. It must be text of one line.")
    for field in ("html", "text"):
        if not isinstance(mail.get(field) or "", str):
            raise MailRefusedError("validation_error", f"Invalid `{field}` field. It must be text.")


def _check_tags(tags: Any) -> None:
    if tags is None:
        return
    if not (isinstance(tags, list) and all(isinstance(tag, dict) for tag in tags)):
        raise MailRefusedError("validation_error", "Invalid `tags` field. It must be a list of objects.")
    for part in (str(tag.get(part, "")) for tag in tags for part in ("name", "value")):
        if not TAG.fullmatch(part):
            raise MailRefusedError(
                "validation_error",
                "Tags should only contain ASCII letters, numbers, underscores, or dashes.",
            )
