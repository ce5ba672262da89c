"""The operator's commands that look ahead, and that send one dead letter again with other words."""

from typing import TYPE_CHECKING

from infra.cli.parsing import Parser, add_target, lazily

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from infra.cli.parsing import Subcommands
    from infra.cli.target import Target


def register(subcommands: "Subcommands", connect: "Callable[[argparse.Namespace], Target]") -> None:
    """Add estimate."""
    text = "say whom a request would reach, in what time and at what cost; nothing is sent or written"
    parser: Parser = subcommands.add_parser("estimate", help=text, description=text.capitalize() + ".")
    parser.add_argument("file", metavar="FILE", help="a request or a fact as JSON; - reads standard input")
    add_target(parser)
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(run=lambda options: lazily("infra.cli.run_estimate:estimate")(options, connect(options)))
