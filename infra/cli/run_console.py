"""Run `owlpost console`, and the console of `owlpost up`."""

import argparse
import signal
import threading
import webbrowser
from collections.abc import Mapping
from typing import Any

from infra.cli.errors import BadInput, CommandFailed, Missing
from infra.cli.target import LambdaTarget, Target, connect, instance, laptop_client
from infra.local.console.server import Ask, Console
from infra.local.laptop.laptop import Laptop
from owlpost.domain.error_kinds import ErrorKind

KINDS: dict[type[CommandFailed], ErrorKind] = {Missing: ErrorKind.NOT_FOUND, BadInput: ErrorKind.INVALID_REQUEST}


def console(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C. Raises CommandFailed if the port is taken or there is no Owlpost to ask."""
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    target = connect(options)
    state = None if options.aws else instance(options.data_dir)
    page = listening(options.port)
    place = f"The laptop at {options.data_dir}" if state else "Owlpost on AWS"
    page.start(asking(target), place=place, mailbox=state["mailbox"] if state else None)
    try:
        print(page.url, flush=True)
        if options.open:
            webbrowser.open(page.url)
        stopped.wait()
    finally:
        page.stop()
    return 0


def listening(port: int = 0) -> Console:
    """Return a console that holds its port. Raises CommandFailed if it cannot have it."""
    try:
        return Console(port=port)
    except OSError as error:
        raise CommandFailed(f"port {port} cannot be used: {error.strerror}; choose another with --port") from None


def serve_of(laptop: Laptop, page: Console) -> None:
    """Have the console of `owlpost up` serve."""
    target = LambdaTarget(laptop_client(laptop.state()))
    page.start(asking(target), place="This laptop", mailbox=laptop.providers.mailbox)


def asking(target: Target) -> Ask:
    """Return what passes commands on: an error becomes an answer that holds its sentence."""

    def ask(command: Mapping[str, object]) -> Any:
        try:
            return target.operate(command)
        except CommandFailed as error:
            kind = KINDS.get(type(error), ErrorKind.UNAVAILABLE)
            return {"error": {"kind": kind, "message": str(error)}}

    return ask
