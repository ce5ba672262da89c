"""Run `owlpost preview`."""

import argparse
import webbrowser
from typing import TYPE_CHECKING

from infra.cli.errors import CommandFailed
from infra.local.preview.page import page

if TYPE_CHECKING:
    from pathlib import Path


def preview(options: argparse.Namespace) -> int:
    """Write the page and print where it is. Raises CommandFailed if the file cannot be written."""
    file: Path = options.out.absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(), encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}; name another file with --out") from None
    print(file)
    if options.open:
        webbrowser.open(file.as_uri())
    return 0
