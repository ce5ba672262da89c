"""`owlpost completion SHELL`: a script that lets a shell complete commands and options, made of the parser itself."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from infra.cli.errors import OK
from infra.cli.parsing import lazily

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands

SHELLS = ("bash", "zsh", "tcsh")


def register(subcommands: "Subcommands", whole: Callable[[], argparse.ArgumentParser]) -> None:
    """`whole` returns the parser with all commands."""
    text = "print a script that completes commands in a shell"
    how = 'Put `eval "$(owlpost completion bash)"` into ~/.bashrc, or the zsh script into a folder of $fpath as `_owlpost`.'
    completion = subcommands.add_parser("completion", help=text, description=f"{text.capitalize()}. {how}")
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    completion.set_defaults(run=partial(_print, whole))


def _print(whole: Callable[[], argparse.ArgumentParser], options: argparse.Namespace) -> int:
    print(lazily("shtab:complete")(whole(), shell=options.shell))
    return OK
