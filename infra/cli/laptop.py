"""`owlpost up`, `demo` and `status`: all of Owlpost on a laptop."""

import argparse
import json
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.cli.target import laptop_client
from infra.local.laptop.demo import Demo, Line
from infra.local.laptop.instance import DEFAULT_DATA_DIR, AlreadyRunning, Instance, NotRunning
from infra.local.laptop.laptop import Laptop
from owlpost.client import NotificationClient
from owlpost.domain.channels import NOTIFICATION_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from owlpost.domain.requests import EnqueueResult

DEFAULT_PORT = 8080
DEMO_SECONDS = 240
#: Whoever signs in on the laptop first: the owner of the small team of the demo.
WHO_TO_BE = "ada@owlpost.example"

console = Console()


def register(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = subcommands.add_parser("up", help="run all of Owlpost on this machine")
    up.add_argument("--port", type=int, default=DEFAULT_PORT, help="of the dashboard and the API; 0 takes a free one")
    up.add_argument("--data-dir", type=Path, default=DEFAULT_DATA_DIR, help="where everything is kept")
    up.add_argument("--no-demo", action="store_true", help="start with empty tables and send nothing")
    up.set_defaults(run=_up)
    demo = subcommands.add_parser("demo", help="run the demo, check how each delivery ended, and stop")
    demo.add_argument("--port", type=int, default=0)
    demo.add_argument("--data-dir", type=Path, help="default: a folder that is thrown away")
    demo.set_defaults(run=_demo)
    status = subcommands.add_parser("status", help="where a running Owlpost is to be found")
    status.add_argument("--data-dir", type=Path, default=DEFAULT_DATA_DIR)
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status)


def _up(arguments: argparse.Namespace) -> int:
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    try:
        with Laptop(arguments.data_dir, port=arguments.port) as laptop:
            if not arguments.no_demo:
                _show_demo(laptop, stopped)
            _say_where(laptop)
            stopped.wait()
            console.print("Stopping …")
    except AlreadyRunning as error:
        console.print(f"[red]{error}[/red]")
        return 1
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="owlpost-demo-", ignore_cleanup_errors=True) as folder:
        data_dir = arguments.data_dir or Path(folder)
        with Laptop(data_dir, port=arguments.port) as laptop:
            return 0 if _show_demo(laptop, threading.Event()) else 1


def _status(arguments: argparse.Namespace) -> int:
    try:
        state = Instance(arguments.data_dir).state()
    except NotRunning as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(state, indent=2) if arguments.json else _plain(state))
    return 0


def _plain(state: dict[str, Any]) -> str:
    return "\n".join(f"{name:12} {value}" for name, value in state.items() if isinstance(value, str))


def _show_demo(laptop: Laptop, stopped: threading.Event) -> bool:
    """Send the examples and follow them; True if each delivery ended as it should."""
    demo = Demo.on(laptop, NotificationClient.over_lambda(client=laptop_client(laptop.state())))
    try:
        demo.prepare()
        for name, answer in demo.send_examples():
            console.print(_told(name, answer), highlight=False)
        ended = _follow(demo, stopped)
        console.print(_table(demo.progress()))
        unexpected = demo.unexpected()
    finally:
        demo.close()
    if not ended or unexpected:
        console.print(f"[red]{unexpected} deliveries did not end as expected; see `owlpost deliveries`.[/red]")
    return ended and not unexpected


def _told(name: str, answer: "EnqueueResult") -> str:
    """One line of at most 80 columns."""
    channels = (f"{answer.deliveries[key]} {key}" for key in NOTIFICATION_CHANNELS if key in answer.deliveries)
    told = "[dim]told before[/dim]" if answer.duplicate else " · ".join(channels)
    people = "person" if answer.notifications == 1 else "people"
    return f"  {name.replace('_', ' '):18} {answer.notifications:>4} {people}  {told}"


def _follow(demo: Demo, stopped: threading.Event) -> bool:
    columns = (TextColumn("  delivering"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("deliveries")
        return demo.watch(
            lambda done, total: progress.update(bar, completed=done, total=total), stopped=stopped, seconds=DEMO_SECONDS
        )


def _table(lines: "Sequence[Line]") -> Table:
    table = Table(title="Deliveries", title_justify="left")
    for heading in ("channel", "status"):
        table.add_column(heading)
    for heading in ("deliveries", "p50", "p95"):
        table.add_column(heading, justify="right")
    for line in lines:
        table.add_row(line.channel, line.status, f"{line.deliveries:,}", _seconds(line.p50), _seconds(line.p95))
    return table


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _say_where(laptop: Laptop) -> None:
    state = laptop.state()
    console.print(
        f"\n  Dashboard    {state['api']}/   sign in as {WHO_TO_BE}; the code comes to the mailbox", highlight=False
    )
    console.print(f"  API          {state['api']}/v1/docs", highlight=False)
    console.print(f"  Mailbox      {state['mailbox']}   every mail and push", highlight=False)
    console.print(f"  Database     {state['database']}", highlight=False)
    console.print(f"  Logs         {laptop.data_dir / 'logs'}", highlight=False)
    console.print("\n  Send another with `owlpost send examples/feedback_new.json`; stop with Ctrl-C.\n")
