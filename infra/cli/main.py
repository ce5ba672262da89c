"""`owlpost …`: the command line.

Exit codes: 0 all is well; 1 the audit does not balance, or what was asked for does not exist; 2 the command was not
understood; 3 there is no Owlpost to ask, or it failed.
"""

import argparse
import sys
from collections.abc import Sequence

from infra.cli import cost, laptop, operator, preview, producer, target
from infra.cli.operator import Connect
from infra.cli.target import Refused, Unreachable

NOT_FOUND, NOT_UNDERSTOOD, FAILED = 1, 2, 3
EXIT_CODES = {"NotFound": NOT_FOUND, "InvalidRequest": NOT_UNDERSTOOD}


def main(arguments: Sequence[str] | None = None, *, connect: Connect = target.connect) -> int:
    """Run one command and answer its exit code; `connect` decides which Owlpost an operator's command goes to."""
    parser = argparse.ArgumentParser(
        "owlpost", description="Tells people that something happened, and shows that it did."
    )
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True)
    # Each family of commands registers itself here.
    laptop.register(subcommands)
    producer.register(subcommands)
    preview.register(subcommands)
    operator.register(subcommands, connect)
    cost.register(subcommands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except Refused as error:
        print(f"owlpost: {error}", file=sys.stderr)
        return EXIT_CODES.get(error.kind, FAILED)
    except Unreachable as error:
        print(f"owlpost: {error}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
