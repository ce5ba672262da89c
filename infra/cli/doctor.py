"""The options of `owlpost doctor`."""

from typing import TYPE_CHECKING

from infra.cli.parsing import add_target, lazily

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands


def register(subcommands: "Subcommands") -> None:
    text = "look for what keeps Owlpost from working, and say what to do; exit 1 if anything does"
    doctor = subcommands.add_parser("doctor", help=text, description=text.capitalize() + ".")
    add_target(doctor)
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(run=lazily("infra.cli.run_doctor:doctor"))
