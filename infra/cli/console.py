"""`owlpost console`: a page on this machine to look at Owlpost and act on it."""

from typing import TYPE_CHECKING

from infra.cli.parsing import add_target, lazily, port

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands


def register(subcommands: "Subcommands") -> None:
    text = "serve a page on this machine to look at Owlpost and act on it, with your own rights"
    parser = subcommands.add_parser("console", help=text, description=f"{text.capitalize()}, until Ctrl-C.")
    add_target(parser)
    parser.add_argument("--port", type=port, default=0, help="of the page; a free one if not given")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.set_defaults(run=lazily("infra.cli.run_console:console"))
