"""Whether Resend takes our key, and has verified the sender's domain: the list of the account's domains sends nothing.

Source: https://resend.com/docs/api-reference/domains/list-domains.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from email.utils import parseaddr
from http import HTTPStatus
from typing import Any

from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.http_call import HttpCall
from owlpost.channels.provider_answer import document
from owlpost.channels.replies import AnswerLostError, NotSentError
from owlpost.domain.clock import utc_now
from owlpost.domain.findings import Finding, good, unknown, wrong

LONGEST_SECONDS = 10.0
#: What Resend says of a key that may send and nothing else: it is valid, and may not list domains.
RESTRICTED = "restricted_api_key"
REFUSED = frozenset({401, 403})


def check(settings: EmailSettings, deadline: datetime) -> list[Finding]:
    """Return one finding about the key, and one about the sender where Resend tells of domains."""
    seconds = min(LONGEST_SECONDS, max(1.0, (deadline - utc_now()).total_seconds() / 2))
    headers = {"Authorization": f"Bearer {settings.resend_api_key}", "User-Agent": "owlpost"}
    try:
        with closing(HttpCall()) as http:
            reply = http.ask("GET", settings.resend_base_url.rstrip("/") + "/domains", headers, seconds=seconds)
    except (NotSentError, AnswerLostError) as error:
        return [unknown("Resend", f"gives no answer: {error}", "Try again; see Resend's status page.")]
    said = document(reply.body)
    if reply.status == HTTPStatus.OK:
        return [good("Resend", "takes our key"), _sender(said, settings.email_from)]
    return [_refusal(reply.status, str(said.get("name", "")))]


def _refusal(status: int, name: str) -> Finding:
    if name == RESTRICTED:
        remedy = "See at https://resend.com/domains whether the sender's domain is verified."
        return unknown("Resend", "takes our key for sending, and does not let it list domains", remedy)
    if status in REFUSED:
        said = f"refuses our key: {name} ({status})"
        return wrong("Resend", said, "Make a new key at Resend, and put it into the secret.")
    return unknown("Resend", f"does not say: {name} ({status})", "Try again; see Resend's status page.")


def _sender(said: Mapping[str, Any], sender: str) -> Finding:
    domain = parseaddr(sender)[1].rpartition("@")[2]
    listed = [each for each in said.get("data") or [] if isinstance(each, Mapping)]
    status = next((each.get("status") for each in listed if each.get("name") == domain), "not added")
    if status == "verified":
        return good("sender", f"{domain} is verified at Resend")
    return wrong("sender", f"{domain} is {status} at Resend", "Add its DNS records: https://resend.com/domains.")
