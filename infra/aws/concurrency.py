"""How many sandboxes of each function may run at once: each holds one connection, and the database takes so many."""

from infra.aws.configuration import Configuration
from infra.aws.database_limits import max_connections
from infra.topology.model import Function, Topology

#: The functions that the internet calls, which nothing else bounds. Enqueue has a queue as well, and reserved concurrency would
#: throttle what was received from it already, until good messages are dead letters.
UNBOUNDED = ("api", "provider_events", "line")
#: Of the connections that the others leave, what these may use together; the rest is for migrations, redrives and psql.
SHARE = 0.6
#: No more than this: the account's 1,000 are shared, and Lambda keeps 100 unreserved.
MOST = 250


def reserved_concurrency(topology: Topology, configuration: Configuration) -> dict[str, int]:
    """Return the bound of each function that has one; none where the account is too small to spare any."""
    if not configuration.reserve_concurrency:
        return {}
    reserved = {each.name: each.reserved_concurrency for each in topology.functions if each.reserved_concurrency}
    if configuration.database is None:
        least, most = configuration.min_capacity, configuration.max_capacity
        left = max_connections(min_capacity=least, max_capacity=most) - connections(topology)
        names = [each.name for each in topology.functions if each.name in UNBOUNDED]
        reserved |= dict.fromkeys(names, max(1, min(MOST, int(SHARE * left / len(names)))))
    return reserved


def connections(topology: Topology) -> int:
    """Return how many connections the functions hold at most that the topology bounds by itself."""
    read = {source.function: source.max_concurrency for source in topology.event_sources}

    def bound(function: Function) -> int:
        return read.get(function.name, function.reserved_concurrency or 0)

    return sum(bound(each) for each in topology.functions if each.database and each.name not in UNBOUNDED)
