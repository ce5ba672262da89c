"""The command line's parser: errors with the command's own usage and a suggestion, and commands loaded when they run."""

import argparse
import re
import sys
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never, TypeAlias

from owlpost.domain.suggestions import did_you_mean

if TYPE_CHECKING:
    Subcommands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 (argparse gives it no other name)

DEFAULT_DATA_DIR = Path(".owlpost")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LAST_PORT = 65_535


class Parser(argparse.ArgumentParser):
    """A command's parser: what it does not understand is refused with its own usage, not with that of `owlpost`."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **keywords})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse unknown arguments here, where the command is known."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"{unknown[0]} is not understood{did_you_mean(unknown[0], self._option_string_actions)}")
        return options, unknown

    def error(self, message: str) -> Never:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n{self.prog} --help says more.\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """argparse calls this for each value that must be one of several."""
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            suggestion = did_you_mean(str(value), known) or f"; it must be one of {', '.join(known)}"
            raise argparse.ArgumentError(action, f"there is no {value}{suggestion}")


def lazily(place: str) -> Callable[..., Any]:
    """Return a function that imports `module:function` when it is called: `--help` loads no AWS client and no database."""
    module, _, name = place.partition(":")

    def call(*arguments: Any, **keywords: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **keywords)

    return call


def moment(value: str) -> str:
    """Return a time in ISO 8601 with its zone, from `2h` (ago) or from ISO 8601 (UTC if no zone is named)."""
    try:
        if ago := re.fullmatch(r"(\d+)([smhd])", value):
            return (datetime.now(UTC) - timedelta(**{UNITS[ago[2]]: int(ago[1])})).isoformat()
        at = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{value!r} is neither like 30m, 2h or 7d nor a time in ISO 8601") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def ahead(value: str) -> str:
    """Return a time to come in ISO 8601 with its zone, from `2h` (from now) or from ISO 8601 (UTC if no zone is named)."""
    if after := re.fullmatch(r"(\d{1,6})([smhd])", value):
        return (datetime.now(UTC) + timedelta(**{UNITS[after[2]]: int(after[1])})).isoformat()
    return moment(value)


def port(value: str) -> int:
    """Return a TCP port; 0 stands for a free one."""
    if not re.fullmatch(r"\d{1,5}", value) or int(value) > LAST_PORT:
        raise argparse.ArgumentTypeError(
            f"{value!r} is no port: give a number from 1 to {LAST_PORT}, or 0 for a free one"
        )
    return int(value)


def folder(value: str) -> Path:
    """Return a folder. An empty name would be the one that the command is run in: it is a variable that was not set."""
    if not value:
        raise argparse.ArgumentTypeError("the name of the folder is empty")
    return Path(value)


def one_of(known: Collection[str]) -> Callable[[str], frozenset[str]]:
    """Return a type of argument: names of these, comma-separated."""

    def parse(value: str) -> frozenset[str]:
        names = [name.strip() for name in value.split(",") if name.strip()]
        for name in names:
            if name not in known:
                suggestion = did_you_mean(name, known) or f"; there are {', '.join(known)}"
                raise argparse.ArgumentTypeError(f"there is no {name}{suggestion}")
        return frozenset(names)

    return parse


def not_negative(value: str) -> int:
    """Return a whole number, which may be 0."""
    if not re.fullmatch(r"\d{1,15}", value):
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number")
    return int(value)


def positive(value: str) -> int:
    """Return a whole number above zero."""
    if not re.fullmatch(r"\d{1,15}", value) or int(value) == 0:
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number above 0")
    return int(value)


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which Owlpost a command goes to."""
    parser.add_argument(
        "--data-dir", type=folder, default=DEFAULT_DATA_DIR, metavar="FOLDER", help="of a running instance"
    )
    parser.add_argument("--aws", action="store_true", help="go to AWS even if an instance runs here")
    parser.add_argument("--prefix", metavar="NAME", help="of the installation on AWS (owlpost)")


def given(command: str, options: argparse.Namespace, names: Sequence[str]) -> dict[str, object]:
    """Return the command with those of these options that were given."""
    values = {name: getattr(options, name) for name in names}
    return {"command": command, **{name: value for name, value in values.items() if value is not None}}
