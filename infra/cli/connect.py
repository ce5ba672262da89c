"""The options of `owlpost connect`."""

from typing import TYPE_CHECKING

from infra.cli.parsing import add_target, lazily

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands


def register(subcommands: "Subcommands") -> None:
    text = (
        "have a channel's provider send its events here, as Telegram says who has followed a link; as often as you like"
    )
    connect = subcommands.add_parser("connect", help=text, description=text.capitalize() + ".")
    connect.add_argument("channel", help="telegram")
    add_target(connect)
    connect.set_defaults(run=lazily("infra.cli.run_connect:connect"))
