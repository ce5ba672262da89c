"""The operator's commands about destinations."""

from collections.abc import Callable

from infra.cli.parsing import Parser, given

#: Adds a command: see `infra.cli.operator`.
Add = Callable[..., Parser]


def register(add: Add) -> None:
    """Add destinations and revive."""
    text = "list what a person has connected, or the rooms of a team, and how each fares"
    listed = add(
        "destinations",
        text,
        lambda options: given("destinations", options, ["owner"]),
        "destinations_view:destinations",
    )
    listed.add_argument("owner", metavar="ADDRESS|TEAM", help="a person's address or id, or a team's name or id")

    text = "bring a dead destination back: it is told of things again"
    revived = add("revive", text, lambda options: given("revive", options, ["id"]), "destinations_view:revived")
    revived.add_argument("id", metavar="ID", help="of the destination, as `owlpost destinations` says it")
