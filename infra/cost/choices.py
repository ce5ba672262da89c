"""The choices that decide the price of a month, each as an installation that differs only in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from infra.cost.installation import Installation
from infra.topology.canary import with_canary
from infra.topology.lines import with_lines

CANARIES = ("email", "mobile_push")


def choices(plan: Installation) -> Mapping[str, Installation]:
    """Return installations by their description. The first is the installation itself."""
    return {
        "as configured": plan,
        "NAT instance": _configured(plan, egress="nat-instance"),
        "NAT gateway": _configured(plan, egress="nat-gateway"),
        "IPv6 only, no NAT": _configured(plan, egress="ipv6-only"),
        "the sweep wakes the database each time": _assuming(plan, gated=()),
        "the host tells of its issues, or there is no project": _assuming(plan, projects=0),
        "database always awake": _configured(plan, min_capacity=0.5),
        "RDS Proxy": replace(plan, proxy=True),
        "a canary every ten minutes": replace(plan, topology=with_canary(plan.topology, CANARIES)),
        "pages hold a line": replace(plan, topology=with_lines(plan.topology)),
        "standby in another zone": _configured(plan, standby=True),
        "Resend tells of bounces and complaints alone": _assuming(plan, webhooks=0.02),
        "deliveries counted by type": _configured(plan, metrics_by_type=True),
    }


def _configured(plan: Installation, **values: Any) -> Installation:
    return replace(plan, configuration=plan.configuration.model_copy(update=values))


def _assuming(plan: Installation, **values: Any) -> Installation:
    return replace(plan, assumed=plan.assumed.model_copy(update=values))
