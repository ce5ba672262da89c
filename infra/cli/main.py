"""`owlpost …`: the command line.

Exit codes: 0 all is well; 1 the audit does not balance, or what was asked for does not exist; 2 the command was not
understood; 3 there is no Owlpost to ask, or it failed.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from infra.cli import completion, console, cost, doctor, laptop, operator, producer
from infra.cli import connect as connecting
from infra.cli.errors import INTERRUPTED, OK, BadInput, CommandFailed
from infra.cli.operator import Connect
from infra.cli.parsing import Parser, lazily


def main(arguments: Sequence[str] | None = None, *, connect: Connect = operator.connect) -> int:
    """Run one command and return its exit code; `connect` decides which Owlpost an operator's command goes to."""
    parser = command_line(connect)
    options = parser.parse_args(arguments)
    if options.version:
        print(lazily("importlib.metadata:version")("owlpost"))
        return OK
    if options.run is None:
        parser.print_help()
        return OK
    try:
        return _run(options)
    except BadInput as error:
        _say(str(error))
        print(f"`owlpost {_command(arguments)} --help` says more.", file=sys.stderr)
        return error.code
    except CommandFailed as error:
        _say(str(error))
        return error.code


def command_line(connect: Connect) -> Parser:
    """Return the parser of all commands."""
    parser = Parser("owlpost", description="Notify people of what happened, and show what became of it.")
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--traceback", action="store_true", help="show where an unexpected error comes from")
    subcommands = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    # Each family of commands registers itself here.
    laptop.register(subcommands)
    producer.register(subcommands)
    operator.register(subcommands, connect)
    console.register(subcommands)
    cost.register(subcommands)
    doctor.register(subcommands)
    connecting.register(subcommands)
    completion.register(subcommands, lambda: command_line(connect))
    parser.set_defaults(run=None)
    return parser


def _run(options: argparse.Namespace) -> int:
    """Run the command. Raises CommandFailed; any other error becomes a sentence unless a traceback is wanted."""
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except CommandFailed:
        raise
    except Exception as error:
        if options.traceback:
            raise
        place = "`owlpost --traceback …` shows where it comes from"
        raise CommandFailed(f"unexpected {type(error).__name__}: {error}; {place}") from error


def _command(arguments: Sequence[str] | None) -> str:
    words = sys.argv[1:] if arguments is None else arguments
    return next((word for word in words if not word.startswith("-")), "")


def _say(sentence: str) -> None:
    print(f"owlpost: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
