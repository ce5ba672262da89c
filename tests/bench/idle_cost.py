"""What a month costs in which nobody is told anything, as `owlpost cost` reckons it from the topology: an alarm more shows."""

from dataclasses import replace

from infra.cost.bill import Bill, bill
from infra.cost.choices import choices
from infra.cost.installation import Installation
from tests.bench.figures import Findings, Ratio, Times

#: Dollars a month.
REACH = 12.0
CHOICES = ("as configured", "NAT instance", "IPv6 only, no NAT")
TELLS = "the host tells of its issues, or there is no project"


def measure() -> Findings:
    findings = Findings("Idle: a month without a notification", unit="US dollars a month")
    for name in CHOICES:
        for told in (False, True):
            month = _month(name, told=told)
            what = f"idle, {name}{', the host tells of its issues' if told else ''}"
            findings.times.append(Times(what, month.total, None, 1))
            findings.ratios.append(Ratio(f"{what} / ${REACH:g}", month.total / REACH, 1.0))
    groups: dict[str, float] = {}
    for (group, _), usd in _month(CHOICES[-1], told=True).by_name().items():
        groups[group] = groups.get(group, 0.0) + usd
    findings.notes.append("The last of these is " + ", ".join(f"{group} {usd:.2f}" for group, usd in groups.items()))
    return findings


def _month(name: str, *, told: bool) -> Bill:
    chosen = choices(Installation())[name]
    if told:
        chosen = replace(chosen, assumed=choices(Installation())[TELLS].assumed)
    return bill(chosen, 0)
