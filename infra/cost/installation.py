"""The input of a bill: the topology, an installation's settings, prices and assumptions."""

from dataclasses import dataclass, field

from infra.aws.configuration import Configuration
from infra.cost.assumptions import Assumptions
from infra.cost.awake import awake_hours
from infra.cost.prices import US_EAST_1, Prices
from infra.cost.traffic import Traffic, traffic
from infra.topology.model import Topology
from infra.topology.plan import topology


@dataclass(frozen=True, slots=True)
class Installation:
    """`proxy` is not built. It is here for a comparison."""

    topology: Topology = field(default_factory=topology)
    configuration: Configuration = field(default_factory=Configuration)
    assumed: Assumptions = field(default_factory=Assumptions)
    prices: Prices = US_EAST_1
    proxy: bool = False

    @property
    def own_database(self) -> bool:
        return self.configuration.database is None

    @property
    def own_network(self) -> bool:
        return self.configuration.vpc is None

    @property
    def gated(self) -> tuple[str, ...]:
        """Schedules that leave the database asleep while nothing is to be done."""
        told = self.configuration.environment.get("DIGEST_ISSUES_TOLD", "").lower() in ("true", "1", "yes", "on")
        return (*self.assumed.gated, *(("digest",) if told or not self.assumed.projects else ()))

    def traffic(self, notifications: float) -> Traffic:
        return traffic(self.topology, self.assumed, notifications)

    def awake_hours(self, traffic: Traffic) -> float:
        """Of a month. A proxy holds connections open, so with one the database never pauses."""
        wanted = self.configuration
        return awake_hours(
            self.topology,
            self.assumed,
            traffic,
            gated=self.gated,
            pauses=not wanted.min_capacity and not self.proxy,
            pause_after_minutes=wanted.pause_after_minutes,
        )
