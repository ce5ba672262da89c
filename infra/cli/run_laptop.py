"""Run `owlpost up`, `demo` and `status`."""

import argparse
import json
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.cli.env_file import variables
from infra.cli.errors import CommandFailed, Missing
from infra.cli.run_console import listening, serve_of
from infra.cli.target import laptop_client
from infra.local.laptop.demo import Demo, Line
from infra.local.laptop.given import SQS_EMULATOR, Given
from infra.local.laptop.instance import CannotStart, Instance, NotRunning
from infra.local.laptop.laptop import Laptop
from infra.local.postgres.cluster import PostgresError
from infra.local.runtime.engine import FunctionFailed as EngineFailed
from infra.local.sqs.emulator import EmulatorError
from owlpost.client import NotificationClient
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.explanations import explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from owlpost.domain.requests import EnqueueResult

DEMO_SECONDS = 240
#: The owner of the small team of the demo.
WHO_TO_BE = "ada@owlpost.example"

ACCIDENTS = (
    "  A few failures of each kind were made on purpose: `owlpost now`, `owlpost deliveries --status failed` and the"
    " console show them."
)
DEMO_NEXT = "Send another with `owlpost send examples/feedback_new.json`."
#: Without the demo there is nobody whom an example could tell.
NO_DEMO_NEXT = (
    "Sign in, then tell yourself something: `owlpost explain ADDRESS feedback.new` prints your id,"
    ' `owlpost send --type feedback.new --user ID --title "It works"` sends.'
)

console = Console()


def up(options: argparse.Namespace) -> int:
    """Run everything until Ctrl-C. Raises CommandFailed if it cannot start."""
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    given = Given(variables(options.env_file), options.without)
    page = listening()
    try:
        with _started(options.data_dir, options.port, given, console_url=page.url) as laptop:
            serve_of(laptop, page)
            _say_unused(laptop)
            if not options.no_demo:
                _show_demo(laptop, stopped)
            _say_where(laptop, demo=not options.no_demo)
            stopped.wait()
            console.print("Stopping …")
    finally:
        page.stop()
    return 0


def demo(options: argparse.Namespace) -> int:
    """Return 0 if each delivery of the demo ended as it should. The only variable that counts chooses the emulator of SQS."""
    given = Given({name: value for name, value in variables(None).items() if name == SQS_EMULATOR})
    with (
        tempfile.TemporaryDirectory(prefix="owlpost-demo-", ignore_cleanup_errors=True) as folder,
        _started(options.data_dir or Path(folder), options.port, given) as laptop,
    ):
        return 0 if _show_demo(laptop, threading.Event()) else 1


def status(options: argparse.Namespace) -> int:
    """Print what a running instance says of itself. Raises Missing if none runs."""
    try:
        state = Instance(options.data_dir).state()
    except NotRunning as error:
        raise Missing(str(error)) from None
    print(json.dumps(state, indent=2) if options.json else _plain(state))
    return 0


@contextmanager
def _started(data_dir: Path, port: int, given: Given, *, console_url: str | None = None) -> Iterator[Laptop]:
    """Yield a running laptop. Raises CommandFailed with what to do if it cannot start."""
    try:
        laptop = Laptop(data_dir, port=port, given=given, console_url=console_url).start()
    except CannotStart as error:
        raise CommandFailed(str(error)) from None
    except (PostgresError, EmulatorError, EngineFailed) as error:
        raise CommandFailed(f"{_first_line(error)}; the logs are in {data_dir}") from None
    try:
        yield laptop
    finally:
        laptop.stop()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".:")


def _plain(state: dict[str, Any]) -> str:
    return "\n".join(f"{name:12} {value}" for name, value in state.items() if isinstance(value, str))


def _show_demo(laptop: Laptop, stopped: threading.Event) -> bool:
    """Send the examples and follow them. Return whether each delivery ended as it should."""
    demo = Demo.on(laptop, NotificationClient.over_lambda(client=laptop_client(laptop.state())))
    try:
        demo.prepare()
        for name, answer in demo.send_examples():
            console.print(_summary(name, answer), highlight=False)
        accidents = demo.accidents if demo.accidents and demo.accidents.begin() else None
        ended = _follow(demo, stopped)
        if accidents and ended:
            accidents.go_on()
            ended = _follow(demo, stopped)
            console.print(ACCIDENTS, highlight=False, soft_wrap=True)
        console.print(_table(demo.progress()))
        unexpected = demo.unexpected() + (accidents.unexpected() if accidents else 0)
    finally:
        demo.close()
    if unexpected and not stopped.is_set():
        console.print(f"[red]{unexpected} deliveries did not end as expected; see `owlpost deliveries`.[/red]")
    return ended and not unexpected


def _summary(name: str, answer: "EnqueueResult") -> str:
    """Return one line of at most 80 columns."""
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


def _say_unused(laptop: Laptop) -> None:
    """Name the user's settings that change nothing here."""
    if unused := laptop.unused:
        console.print(
            f"Not used: {', '.join(unused)}. This machine's providers are fakes, with keys and addresses of their own.",
            highlight=False,
        )


def _to(address: str) -> str:
    """Return the query by which the mailbox begins with what this person was sent."""
    return f"?to={quote(address)}"


def _say_where(laptop: Laptop, *, demo: bool) -> None:
    state, logs = laptop.state(), laptop.data_dir / "logs"
    printed = "resend" in laptop.given.without
    code = f"the code is printed to {logs / 'api.log'}" if printed else "the code comes to the mailbox"
    who = f"sign in as {WHO_TO_BE}" if demo else "sign in with any address, which makes an account"
    for name, place in (
        ("Dashboard", f"{state['api']}/   {who}; {code}"),
        ("API", f"{state['api']}/v1/docs"),
        ("Mailbox", f"{state['mailbox']}/{_to(WHO_TO_BE) if demo else ''}   every mail and push"),
        *(
            (("Console", f"{state['console']}   deliveries, incidents, and what to do about them"),)
            if "console" in state
            else ()
        ),
        ("Database", state["database"]),
        ("Logs", str(logs)),
        *((f"No {each.provider}", explain(each.otherwise).meaning) for each in laptop.given.missing),
    ):
        console.print(f"  {name:12} {place}", highlight=False, soft_wrap=True)
    console.print(f"\n  {DEMO_NEXT if demo else NO_DEMO_NEXT} Stop with Ctrl-C.\n", highlight=False)
