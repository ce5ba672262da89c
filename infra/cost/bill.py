"""A month's bill: the items of every part with their amounts. Pure. It leaves out the providers' prices."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.cost import compute, data, watching
from infra.cost.installation import Installation
from infra.cost.item import Item

if TYPE_CHECKING:
    from infra.cost.prices import Rate

PARTS = (
    compute.functions,
    compute.queues,
    compute.schedules,
    compute.http_api,
    compute.lines,
    data.database,
    data.network,
    compute.secrets,
    watching.watching,
)


@dataclass(frozen=True, slots=True)
class Line:
    item: Item
    usd: float


@dataclass(frozen=True, slots=True)
class Bill:
    """The bill for a number of notifications a month, in US dollars."""

    notifications: float
    lines: tuple[Line, ...]
    awake_hours: float

    @property
    def total(self) -> float:
        return sum(line.usd for line in self.lines)

    @property
    def per_thousand(self) -> float | None:
        """Return None without notifications."""
        return 1000 * self.total / self.notifications if self.notifications else None

    def by_name(self) -> Mapping[tuple[str, str], float]:
        """Return the amount of each group and name, in the order of the parts."""
        sums: dict[tuple[str, str], float] = defaultdict(float)
        for line in self.lines:
            sums[line.item.group, line.item.name] += line.usd
        return sums


def bill(plan: Installation, notifications: float, *, free_tier: bool = True) -> Bill:
    """`free_tier`: whether the account's free units are available. All users of a unit share them evenly."""
    traffic = plan.traffic(notifications)
    items = [item for part in PARTS for item in part(plan, traffic)]
    used: dict[Rate, float] = defaultdict(float)
    for item in items:
        used[item.rate] += item.quantity
    return Bill(
        notifications,
        tuple(Line(item, _usd(item, used[item.rate], free_tier=free_tier)) for item in items),
        plan.awake_hours(traffic),
    )


def _usd(item: Item, used: float, *, free_tier: bool) -> float:
    billed = item.rate.share_billed(used) if free_tier else 1.0
    return item.quantity * item.rate.usd / item.rate.per * billed
