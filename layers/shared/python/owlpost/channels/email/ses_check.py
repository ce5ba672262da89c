"""Whether Amazon SES lets us send: the account, its sandbox, and the sender's identity. Nothing is sent.

Source: botocore's model of sesv2, GetAccount and GetEmailIdentity.
"""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from owlpost.channels.email.ses import THROTTLED, connect
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.provider_answer import storable
from owlpost.domain.findings import Finding, good, unknown, wrong

CONSOLE = "https://console.aws.amazon.com/ses"
NOT_FOUND = "NotFoundException"


def check(settings: EmailSettings, deadline: datetime) -> list[Finding]:  # noqa: ARG001 (botocore's own limits are shorter)
    """Return findings about the account, the sandbox and the sender."""
    client = connect()
    try:
        return [*_account(client.get_account()), _sender(client, parseaddr(settings.email_from)[1])]
    except ClientError as error:
        code = storable(error.response.get("Error", {}).get("Code"))
        if code in THROTTLED or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            return [unknown("SES", f"does not say: {code}", "Try again; see AWS' status page.")]
        remedy = f"Allow {error.operation_name} to the worker of the channel email: deploy again."
        return [wrong("SES", f"refuses {error.operation_name}: {code}", remedy)]
    except BotoCoreError as error:
        return [unknown("SES", f"gives no answer: {type(error).__name__}", "Try again; see AWS' status page.")]


def _account(said: dict[str, Any]) -> Iterator[Finding]:
    if said.get("SendingEnabled"):
        yield good("SES", "lets the account send")
    else:
        status = storable(said.get("EnforcementStatus")) or "sending is off"
        yield wrong("SES", f"does not let the account send: {status}", f"See the account's health at {CONSOLE}.")
    if said.get("ProductionAccessEnabled"):
        quota = said.get("SendQuota") or {}
        yield good(
            "SES sandbox",
            f"left; {quota.get('Max24HourSend', 0):.0f} mails a day, {quota.get('MaxSendRate', 0):g} a second",
        )
    else:
        yield wrong(
            "SES sandbox",
            "the account is in it: only verified people get mail",
            f"Ask for production access at {CONSOLE}.",
        )


def _sender(client: Any, address: str) -> Finding:
    """The address itself or its domain: either is enough to send."""
    domain = address.rpartition("@")[2]
    states = {name: _verified(client, name) for name in (domain, address)}
    if name := next((name for name, state in states.items() if state == "SUCCESS"), None):
        return good("sender", f"{name} is verified at SES")
    said = ", ".join(f"{name} is {state}" for name, state in states.items())
    return wrong("sender", f"{said} at SES", f"Verify one of them at {CONSOLE}, in this region.")


def _verified(client: Any, identity: str) -> str:
    try:
        said = client.get_email_identity(EmailIdentity=identity)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == NOT_FOUND:
            return "not added"
        raise
    if said.get("VerifiedForSendingStatus"):
        return "SUCCESS"
    return storable(said.get("VerificationStatus")) or "not verified"
