"""A mail as it was sent: see `channels.looks`."""

from collections.abc import Mapping

from owlpost.channels.email.message import Mail
from owlpost.channels.email.render import MailRenderer
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.looks import MARK, MASK, Look, fingerprint
from owlpost.domain.brand import Brand
from owlpost.domain.messages import Delivery

FINGERPRINT = "mail"
#: Signs nothing that anybody takes: its links are masked.
NO_KEY = "shown to an operator"


def mark(mail: Mail) -> Mapping[str, object]:
    """Return the fingerprint of what the person reads. The link to unsubscribe is left out: its key may change."""
    token = unsubscribe_token(mail)
    return {FINGERPRINT: fingerprint(mail.subject, _masked(mail.text, token), _masked(mail.html, token))}


def look(delivery: Delivery, section: Mapping[str, str]) -> Look:
    """See Looking. The key that signed the link to unsubscribe is not needed, only whether there was one."""
    web_url = EmailSettings.from_section({**section, "MAIL_SENDER": "console"}).web_url
    mails = [MailRenderer(web_url, key, Brand.of(section))(delivery) for key in (NO_KEY, None)]
    kept = delivery.metadata.get(MARK)
    if not isinstance(kept, dict):
        return Look(_parts(mails[0]), as_sent=None)
    same = next((mail for mail in mails if mark(mail) == kept), None)
    return Look(_parts(same), as_sent=True) if same else Look({}, as_sent=False)


def unsubscribe_token(mail: Mail) -> str:
    """Return the token in the mail's link to unsubscribe; "" if it has none."""
    return mail.headers.get("List-Unsubscribe", "").partition("token=")[2].rstrip(">")


def _parts(mail: Mail) -> Mapping[str, object]:
    token = unsubscribe_token(mail)
    return {"subject": mail.subject, "text": _masked(mail.text, token), "html": _masked(mail.html, token)}


def _masked(text: str, token: str) -> str:
    return text.replace(token, MASK) if token else text
