"""One line of a bill."""

from dataclasses import dataclass

from infra.cost.prices import Rate


@dataclass(frozen=True, slots=True)
class Item:
    """`quantity` is per month in the rate's unit. `group` is the part of the system."""

    group: str
    name: str
    quantity: float
    rate: Rate
