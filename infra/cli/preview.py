"""`owlpost preview`: every type over every channel as it will look, on one page."""

import argparse
import webbrowser
from pathlib import Path

from infra.local.preview.page import page

DEFAULT_FILE = Path(".owlpost/preview.html")


def register(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    preview = subcommands.add_parser("preview", help="show every type over every channel as it will look, on one page")
    preview.add_argument("--out", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"default: {DEFAULT_FILE}")
    preview.add_argument("--open", action="store_true", help="open it in a browser")
    preview.set_defaults(run=_preview)


def _preview(options: argparse.Namespace) -> int:
    file: Path = options.out.absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(), encoding="utf-8")
    print(file)
    if options.open:
        webbrowser.open(file.as_uri())
    return 0
