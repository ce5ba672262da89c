"""The operator's command `explain`: what would happen, or what a delivery did, why, and what it brought."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from infra.cli.errors import BadInput
from infra.cli.parsing import Parser, lazily

if TYPE_CHECKING:
    from infra.cli.target import Target

#: Adds a command: see `infra.cli.operator`.
Add = Callable[..., Parser]


def register(add: Add, connect: "Callable[[argparse.Namespace], Target]") -> None:
    """Add explain."""
    text = "say what would happen (USER TYPE, TYPE --team TEAM), or what a delivery did (DELIVERY), and why"
    parser = add("explain", text, _command, "views:explained")
    parser.add_argument("subject", metavar="USER|DELIVERY", help="a person's id or address, or a delivery's id")
    parser.add_argument("type", metavar="TYPE", nargs="?", help="a notification type, after a person")
    parser.add_argument(
        "--team", metavar="TEAM", help="also the rooms of a team: by name or id; of them alone with TYPE alone"
    )
    parser.add_argument("--content", action="store_true", help="also show what was sent, with tokens masked")
    parser.add_argument("--save", metavar="FILE.html", help="write the HTML of a mail to a new file")
    shown: Callable[[argparse.Namespace], int] = parser.get_default("run")

    def run(options: argparse.Namespace) -> int:
        if not options.save:
            return shown(options)
        return int(lazily("infra.cli.run_content:save")(connect(options), _command(options), options.save))

    parser.set_defaults(run=run)


def _command(options: argparse.Namespace) -> dict[str, object]:
    looks = options.content or options.save
    if looks and (options.type is not None or options.team is not None):
        raise BadInput("--content and --save are for a delivery: owlpost explain DELIVERY --content")
    team = {} if options.team is None else {"team": options.team}
    if options.type is not None:
        return {"command": "explain_person", "user": options.subject, "type": options.type, **team}
    if team:
        return {"command": "explain_rooms", "type": options.subject, **team}
    try:
        UUID(options.subject)
    except ValueError:
        raise BadInput(
            f"{options.subject} is no delivery's id; for a person, add a type: owlpost explain {options.subject} TYPE"
        ) from None
    return {"command": "explain_delivery", "delivery_id": options.subject, **({"content": True} if looks else {})}
