"""The options of `owlpost up`, `demo`, `status` and `preview`: all of Owlpost on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli.parsing import DEFAULT_DATA_DIR, folder, lazily, one_of, port
from owlpost.domain.channels import providers

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands

DEFAULT_PORT = 8080
PREVIEW_FILE = DEFAULT_DATA_DIR / "preview.html"


def register(subcommands: "Subcommands") -> None:
    text = "run all of Owlpost on this machine"
    up = subcommands.add_parser("up", help=text, description=f"{text.capitalize()}, until Ctrl-C.")
    up.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="of the dashboard and the API (8080); 0 takes a free one"
    )
    up.add_argument(
        "--data-dir", type=folder, default=DEFAULT_DATA_DIR, metavar="FOLDER", help="keeps everything (.owlpost)"
    )
    up.add_argument("--no-demo", action="store_true", help="start with empty tables and send nothing")
    up.add_argument(
        "--env-file",
        type=Path,
        metavar="FILE",
        help="settings as NAME=value lines (docs/environment.md); those of the environment win",
    )
    up.add_argument(
        "--without",
        type=one_of(providers()),
        default=frozenset(),
        metavar="NAMES",
        help=f"providers to give no key for, of {','.join(providers())}: see what happens then",
    )
    up.set_defaults(run=lazily("infra.cli.run_laptop:up"))

    text = "run the demo, check how each delivery ended, and stop"
    demo = subcommands.add_parser("demo", help=text, description=text.capitalize() + ".")
    demo.add_argument("--port", type=port, default=0, help="of the dashboard and the API; a free one if not given")
    demo.add_argument("--data-dir", type=folder, metavar="FOLDER", help="a temporary folder if not given")
    demo.set_defaults(run=lazily("infra.cli.run_laptop:demo"))

    text = "print the addresses of a running Owlpost"
    status = subcommands.add_parser("status", help=text, description=text.capitalize() + ".")
    status.add_argument(
        "--data-dir", type=folder, default=DEFAULT_DATA_DIR, metavar="FOLDER", help="of the instance (.owlpost)"
    )
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(run=lazily("infra.cli.run_laptop:status"))

    text = "show every notification type on every channel on one page"
    preview = subcommands.add_parser("preview", help=text, description=text.capitalize() + ".")
    preview.add_argument("--out", type=Path, default=PREVIEW_FILE, metavar="FILE", help=f"the page ({PREVIEW_FILE})")
    preview.add_argument("--open", action="store_true", help="open the page in a browser")
    preview.set_defaults(run=lazily("infra.cli.run_preview:preview"))
