"""Run `owlpost preview`."""

import argparse
import webbrowser
from typing import TYPE_CHECKING

from infra.cli.env_file import variables
from infra.cli.errors import CommandFailed
from infra.local.preview.page import page
from owlpost.domain.brand import Brand
from owlpost.domain.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path


def preview(options: argparse.Namespace) -> int:
    """Write the page, as of the brand that the environment sets, and print where it is.

    Raises CommandFailed if the brand is none, or the file cannot be written.
    """
    file: Path = options.out.absolute()
    try:
        brand = Brand.of(variables(None))
    except Misconfigured as error:
        raise CommandFailed(str(error)) from None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(brand), encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}; name another file with --out") from None
    print(file)
    if options.open:
        webbrowser.open(file.as_uri())
    return 0
