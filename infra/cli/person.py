"""The operator's commands about one person's data."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.cli.parsing import Parser, given, lazily

if TYPE_CHECKING:
    from infra.cli.target import Target

#: Adds a command: see `infra.cli.operator`.
Add = Callable[..., Parser]


def register(add: Add, connect: "Callable[[argparse.Namespace], Target]") -> None:
    """Add person, export and erase."""
    text = "show what a person got in a week, and all that decides about the next notification"
    person = add("person", text, lambda options: given("person", options, ["user"]), "person_view:person")
    person.add_argument("user", metavar="ID|ADDRESS")

    text = "export every row about a person as JSON, without tokens and secrets"
    export = add(
        "export", text, lambda options: given("export_person", options, ["user", "after"]), "person_view:exported"
    )
    export.add_argument("user", metavar="ID|ADDRESS")
    export.add_argument("--after", metavar="CURSOR", help="the page after this one")
    export.add_argument("--save", metavar="FILE", help="write all pages to a new file that only you can read")
    one_page: Callable[[argparse.Namespace], int] = export.get_default("run")

    def run(options: argparse.Namespace) -> int:
        if not options.save:
            return one_page(options)
        rows: int = lazily("infra.cli.run_export:save")(connect(options), options.user, options.save)
        print(f"{rows} rows were written to {options.save}.")
        return 0

    export.set_defaults(run=run)

    text = "erase a person: delete or blank all that names them, and print a certificate as JSON"
    erase = add(
        "erase", text, lambda options: given("erase_person", options, ["user", "dry_run"]), "person_view:erased"
    )
    erase.add_argument("user", metavar="ID|ADDRESS")
    erase.add_argument("--dry-run", action="store_true", help="say what would be erased, and change nothing")
