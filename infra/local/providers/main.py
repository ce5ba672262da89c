"""`python -m infra.local.providers.main`: the fake providers as one process, until SIGTERM or SIGINT."""

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from infra.local.providers.resend import DAY
from infra.local.providers.server import NAMES, Options, Providers
from owlpost.domain.brand import Brand

BRAND = ("BRAND_NAME", "BRAND_COLOUR", "BRAND_LOGO")


def main() -> None:
    """Serve, and print one JSON line with all addresses when ready. With `--until-eof`, end with stdin."""
    arguments = _parser().parse_args()
    stopped = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopped.set())
    if arguments.until_eof:
        threading.Thread(target=_watch_stdin, args=(stopped,), daemon=True).start()
    options = Options(
        ports={name: getattr(arguments, f"{name}_port") for name in NAMES},
        resend_rate=arguments.resend_rate or None,
        idempotency_window=arguments.idempotency_window,
        apns_streams=arguments.apns_streams,
        webhook_url=arguments.webhook_url,
        console_url=arguments.console_url,
        brand=Brand.of({name: getattr(arguments, name.lower()) for name in BRAND}),
        clock=lambda: time.time() + arguments.ahead,
    )
    with Providers(arguments.data_dir.resolve(), options) as providers:
        sys.stdout.write(json.dumps(providers.announcement()) + "\n")
        sys.stdout.flush()
        stopped.wait()


def _watch_stdin(stopped: threading.Event) -> None:
    """Wait for the end of stdin. The parent's end closes it in any case, so a kill -9 leaves no fakes behind."""
    while os.read(sys.stdin.fileno(), 1):  # no buffer: its lock would be missed when the interpreter ends first
        pass
    stopped.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    for name in NAMES:
        parser.add_argument(f"--{name}-port", type=int, default=0, help="0: that of the last start, else a free one")
    parser.add_argument("--resend-rate", type=int, default=10, help="requests a second; 0: no limit")
    parser.add_argument("--idempotency-window", type=float, default=DAY, help="seconds that Resend remembers a key")
    parser.add_argument("--apns-streams", type=int, default=1000, help="concurrent streams a connection")
    parser.add_argument("--webhook-url", help="where Resend's webhooks go")
    for name in BRAND:
        option = f"--{name.lower().replace('_', '-')}"
        parser.add_argument(option, default="", help=f"{name} of its pages, as docs/environment.md has it")
    parser.add_argument("--console-url", help="where the console is, for a link to it")
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds by which their clock is ahead")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    return parser


if __name__ == "__main__":
    main()
