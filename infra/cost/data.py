"""The database and the network: the items that are paid by the hour."""

from collections.abc import Iterator

from infra.cost.assumptions import HOURS
from infra.cost.installation import Installation
from infra.cost.item import Item
from infra.cost.measured import BYTES_PER_NOTIFICATION
from infra.cost.traffic import DAYS, Traffic

LEAST_ACUS = 0.5
GB_PER_ACU = 2
PROXY_LEAST_ACUS = 8
NAT_DISK_GB = 8
#: Half of the traffic to a database in one of two zones.
BETWEEN_ZONES = 0.5


def database(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    if not plan.own_database:
        return
    prices, assumed = plan.prices, plan.assumed
    stored = stored_gb(plan, traffic)
    yield Item("database", "capacity", acu_hours(plan, traffic), prices.acu_hours)
    yield Item("database", "storage", stored, prices.database_storage)
    yield Item("database", "reads and writes", traffic.notifications * assumed.io_requests, prices.database_io)
    # As much as the database itself is free.
    changed = stored * assumed.daily_change * plan.configuration.backup_days
    yield Item("database", "backups", changed, prices.database_backup)
    if plan.proxy:
        yield Item("database", "proxy", PROXY_LEAST_ACUS * HOURS, prices.proxy_acu_hours)


def stored_gb(plan: Installation, traffic: Traffic) -> float:
    """Return the stored volume once deletions balance new rows."""
    kept, read = plan.configuration.retention, plan.assumed.read
    days = read * kept.read_days + (1 - read) * kept.unread_days
    return traffic.notifications * days / DAYS * BYTES_PER_NOTIFICATION / 1e9


def acu_hours(plan: Installation, traffic: Traffic) -> float:
    """Return the capacity while awake: the minimum, or the need of memory or load if that is more."""
    assumed, wanted = plan.assumed, plan.configuration
    awake = plan.awake_hours(traffic)
    least = max(LEAST_ACUS, wanted.min_capacity, stored_gb(plan, traffic) * assumed.in_memory / GB_PER_ACU)
    calls = traffic.notifications + traffic.api_requests
    load = calls * assumed.database_ms / 1000 / 3600 / assumed.processors_per_acu / assumed.utilisation
    return max(least * awake, load) * (2 if wanted.standby else 1)


def network(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    prices, egress = plan.prices, plan.configuration.egress
    if plan.own_network and egress == "nat-gateway":
        yield Item("network", "NAT gateway", HOURS, prices.nat_gateway_hours)
        yield Item("network", "NAT gateway's traffic", _to_providers(plan, traffic), prices.nat_gateway_gb)
    if plan.own_network and egress == "nat-instance":
        yield Item("network", "NAT instance", HOURS, prices.nat_instance_hours)
        yield Item("network", "NAT instance's disk", NAT_DISK_GB, prices.disk)
    if plan.own_network and egress != "ipv6-only":
        yield Item("network", "public IPv4 address", HOURS, prices.public_ipv4_hours)
    calls = sum(traffic.deliveries.values()) + traffic.api_requests
    between = calls * plan.assumed.database_kb / 1e6 * BETWEEN_ZONES
    yield Item("transfer", "between zones", between, prices.transfer_between_zones)


def _to_providers(plan: Installation, traffic: Traffic) -> float:
    return sum(traffic.deliveries.values()) * plan.assumed.provider_kb / 1e6
