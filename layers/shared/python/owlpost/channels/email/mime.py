"""A mail as the bytes that SMTP carries: both bodies, with the headers that make a repeat recognisable."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import uuid4

from owlpost.channels.email.message import MailMessage

#: Without 8-bit lines every server takes it.
POLICY = SMTP.clone(cte_type="7bit")


def mime_of(message: MailMessage, *, sender: str, reply_to: str | None, at: datetime) -> bytes:
    """Return the mail with CRLF line ends. Its `Message-ID` is made of the delivery's, and so is equal on a redrive."""
    mail = message.mail
    domain = parseaddr(sender)[1].rpartition("@")[2]
    part = EmailMessage(policy=POLICY)
    part["From"] = _address(sender)
    part["To"] = _address(message.to)
    part["Subject"] = mail.subject
    part["Date"] = format_datetime(at)
    part["Message-ID"] = f"<{message.delivery_id or uuid4()}@{domain}>"
    if reply_to:
        part["Reply-To"] = _address(reply_to)
    for name, value in mail.headers.items():
        part[name] = value
    part.set_content(mail.text)
    part.add_alternative(mail.html, subtype="html")
    return part.as_bytes()


def _address(mailbox: str) -> Address:
    name, address = parseaddr(mailbox)
    return Address(name, addr_spec=address)
