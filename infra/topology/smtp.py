"""The account at a mail server in the topology: only where an installation mails by SMTP, as each secret has its price."""

from collections.abc import Mapping
from dataclasses import replace

from infra.topology.model import Secret, Topology

#: The user's name is no secret: it may stand in the environment, or in here beside the password.
ACCOUNT = Secret("smtp", ("SMTP_PASSWORD",))


def as_sent(plan: Topology, settings: Mapping[str, str]) -> Topology:
    """Return the topology with a place for the password if these settings choose SMTP."""
    return with_account(plan) if settings.get("MAIL_SENDER") == "smtp" else plan


def with_account(plan: Topology) -> Topology:
    """Return the topology with the secret. It comes last: an account that is still in Resend's secret gives way to it."""
    return replace(plan, secrets=(*plan.secrets, ACCOUNT))
