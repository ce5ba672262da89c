"""Whether the mail server takes our account: greeting, STARTTLS, login, NOOP and goodbye, and no mail."""

import smtplib
from contextlib import suppress
from datetime import datetime

from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.email.smtp import connector
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.findings import Finding, good, unknown, wrong
from owlpost.domain.provider_reasons import ProviderReason

LONGEST_STEP_SECONDS = 10.0
REMEDIES: dict[str, str] = {
    ProviderReason.SMTP_NO_TLS: "See that the server offers TLS, with a certificate for SMTP_HOST; else set SMTP_TLS.",
    ProviderReason.SMTP_LOGIN_REFUSED: "Put the right SMTP_PASSWORD into the secret, and set its SMTP_USERNAME.",
}
AWAY = "See whether SMTP_HOST and SMTP_PORT are right, and whether the network lets the functions out to that port."


def check(settings: EmailSettings, deadline: datetime) -> list[Finding]:
    """Return one finding about the server and our account there."""
    seconds = min(LONGEST_STEP_SECONDS, max(1.0, (deadline - utc_now()).total_seconds() / 4))
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        connection = connector(settings)(seconds)
    except TransientFault as fault:
        return [_refusal(fault, where)]
    except (OSError, smtplib.SMTPException) as error:
        return [unknown("SMTP", f"{where} gives no answer: {type(error).__name__}", AWAY)]
    try:
        code, _ = connection.noop()
    except (OSError, smtplib.SMTPException) as error:
        return [unknown("SMTP", f"{where} hangs up: {type(error).__name__}", AWAY)]
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
    if code // 100 != 2:
        return [unknown("SMTP", f"{where} answers NOOP with {code}", AWAY)]
    if not (settings.smtp_username and settings.smtp_password):
        return [good("SMTP", f"{where} answers, and we sign in as nobody")]
    return [good("SMTP", f"{where} lets {settings.smtp_username} in")]


def _refusal(fault: TransientFault, where: str) -> Finding:
    if fault.misconfigured:
        said = f"{where} refuses us: {fault.reason} {fault}".rstrip()
        return wrong("SMTP", said, REMEDIES.get(fault.reason, AWAY))
    return unknown("SMTP", f"{where} is busy: {fault.reason}", "Try again in a minute.")
