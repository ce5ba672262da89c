"""The alarms on the way out by IPv4: what a NAT gateway or a NAT instance tells of itself."""

from collections.abc import Iterator

from infra.aws.alarm_spec import AlarmSpec
from infra.aws.metrics import of_instance, of_nat_gateway

ENTRY = "way out"
STATUS_CHECKS = "StatusCheckFailed_"


def nat_alarms(egress: str, nat_id: str) -> Iterator[AlarmSpec]:
    """Yield the alarms on the gateway or instance of this id; none where there is neither."""
    if egress == "nat-gateway":
        yield AlarmSpec(
            ENTRY,
            "ports",
            "The NAT gateway has no port left for a connection: see which function opens so many.",
            of_nat_gateway(nat_id, "ErrorPortAllocation"),
            1,
            periods=3,
        )
    if egress == "nat-instance":
        yield AlarmSpec(
            ENTRY,
            "machine",
            "The machine below the NAT instance is broken; CloudWatch moves the instance. See that mail goes out again.",
            of_instance(nat_id, f"{STATUS_CHECKS}System"),
            1,
            periods=2,
            recovery="recover",
        )
        yield AlarmSpec(
            ENTRY,
            "instance",
            "The NAT instance does not respond; CloudWatch restarts it. If that does not help, replace it as the runbook says.",
            of_instance(nat_id, f"{STATUS_CHECKS}Instance"),
            1,
            periods=3,
            recovery="reboot",
        )
