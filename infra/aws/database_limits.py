"""How many connections Aurora Serverless takes: derived from its maximum capacity, in ACU."""

from itertools import pairwise

#: AWS's own numbers, in ACU and connections: by memory, 2 GiB a unit, of which Postgres keeps some for itself.
DOCUMENTED = ((0.5, 90), (1, 189), (4, 823), (8, 1_669), (16, 3_360), (32, 5_000))
#: Where the minimum is under one unit, Aurora stops here.
SMALL_MINIMUM = 2_000


def max_connections(*, min_capacity: float, max_capacity: float) -> int:
    """Return the default `max_connections` of such a cluster; between AWS's numbers, on the line from one to the next."""
    most = DOCUMENTED[-1][1]
    for (below, fewer), (above, more) in pairwise(DOCUMENTED):
        if max_capacity <= above:
            most = int(fewer + (more - fewer) * (max(max_capacity, below) - below) / (above - below))
            break
    return most if min_capacity >= 1 else min(most, SMALL_MINIMUM)
