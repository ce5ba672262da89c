"""What is told over a line, and what the function that holds lines is told: only that there is something to ask for."""

from collections.abc import Sequence
from typing import Final

#: The function that holds lines, by its name in the topology.
FUNCTION: Final = "line"
#: All that travels to a page. Nothing of a person is in it: the page asks, with its session.
NUDGE: Final = '{"nudge":true}'
#: Connections in one event, which stays far below what Lambda takes of one (1 MB).
MOST = 2_000


def nudge(connection_ids: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the event by which these connections are nudged."""
    return {"nudge": connection_ids}


def hang_up(connection_ids: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the event by which these connections are closed."""
    return {"hang_up": connection_ids}
