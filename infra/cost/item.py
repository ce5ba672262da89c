"""One line of a bill."""

from dataclasses import dataclass

from infra.cost.prices import Rate


@dataclass(frozen=True, slots=True)
class Item:
    """`quantity` a month in the rate's unit; `group` is the part of the system that it is for."""

    group: str
    name: str
    quantity: float
    rate: Rate
