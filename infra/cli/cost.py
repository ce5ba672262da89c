"""The options of `owlpost cost`."""

from typing import TYPE_CHECKING

from infra.cli.parsing import lazily, not_negative

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands

VOLUMES = (10_000, 1_000_000, 100_000_000)


def register(subcommands: "Subcommands") -> None:
    text = "say what a month on AWS costs, and which choices decide it"
    cost = subcommands.add_parser("cost", help=text, description=text.capitalize() + ".")
    cost.add_argument("--notifications", metavar="N", type=not_negative, nargs="+", default=VOLUMES, help="a month")
    cost.add_argument("--egress", choices=("nat-instance", "nat-gateway", "ipv6-only"))
    cost.add_argument("--awake", action="store_true", help="with a database that never pauses")
    cost.add_argument("--standby", action="store_true", default=None, help="with a second instance in another zone")
    cost.add_argument("--assume", metavar="NAME=VALUE", action="append", default=[], help="change an assumption")
    cost.add_argument("--no-free-tier", action="store_true", help="without the account's free units")
    cost.add_argument("--json", action="store_true", help="print JSON")
    cost.set_defaults(run=lazily("infra.cli.run_cost:cost"))
