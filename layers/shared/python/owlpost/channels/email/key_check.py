"""Asks the sender of mail whether it takes our key, and the sender's address, without sending a mail."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import TypeAlias, cast

from owlpost.channels.email.settings import EmailSettings
from owlpost.domain.findings import Finding, good, wrong

Check: TypeAlias = Callable[[EmailSettings, datetime], list[Finding]]
#: The modules with the check of each sender, of which a function needs one at most.
CHECKS = {name: f"owlpost.channels.email.{name}_check" for name in ("resend", "smtp", "ses")}
REMEDY = "Set a key of Resend, or MAIL_SENDER, as docs/deploy.md says."


def check_keys(settings: EmailSettings, deadline: datetime) -> list[Finding]:
    """Return what the sender says. Mail that is only logged is a fault, unless MAIL_SENDER says so."""
    if settings.sender in CHECKS:
        check = cast("Check", import_module(CHECKS[settings.sender]).check)
        return check(settings, deadline)
    if settings.mail_sender == "console":
        return [good("mail", "is written to the log, as MAIL_SENDER says")]
    return [wrong("mail", "there is no key, so it is written to the log and reaches nobody", REMEDY)]
