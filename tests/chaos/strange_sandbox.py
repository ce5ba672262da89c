"""What runs in each sandbox of a chaos run: the function itself, in a process where things are not as they should be.

Its clock is wrong for as long as it lives, and ahead by the seconds in the file `ahead`. While the run's folder holds a file
`no_names`, no name resolves; while it holds a file `no_rendering`, some mails cannot be rendered. Each strike is a line in
`strikes`, which the saboteur counts.
"""

import os
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from infra.local.runtime.worker import Handler, load
from owlpost.domain import clock, retry

#: Seconds by which a sandbox's clock is wrong: one of them, drawn when it starts.
SKEWS = (-600.0, 0.0, 0.0, 600.0)
#: Apple and Google refuse a token that is signed in the future, whatever the worker does.
SKEWS_OF_SIGNERS = (-600.0, 0.0, 0.0)
#: What a provider wants to be left alone for in minutes takes seconds here, as everything does in a run.
MINUTE = 60.0
#: Seconds between two probes of a provider that refuses us, and the longest wait for one.
PROBE_SECONDS = 1
LONGEST_WAIT = 5
#: How often a renderer raises while it may.
RAISING = 0.3


class Strange:
    """The ways in which this process is strange; `folder` is the run's."""

    def __init__(self, folder: Path, entry: str) -> None:
        self._folder = folder
        self._entry = entry
        self._channel = os.environ.get("DELIVERY_CHANNEL")
        self._ahead = self._read_ahead()
        self._random = Random()  # noqa: S311 (a seed repeats the script, not the timing of processes)

    def handler(self) -> Handler:
        self._skew_clock()
        self._lose_names()
        function = load(self._entry)
        if self._channel:
            _shorten_waits()
        if self._channel == "email":
            self._spoil_rendering()

        def later(event: Any, context: Any) -> Any:
            self._ahead = self._read_ahead()
            return function(event, context)

        return later

    def _skew_clock(self) -> None:
        """Before the function is imported: it takes the clock from its module then."""
        skew = self._random.choice(SKEWS_OF_SIGNERS if self._channel == "mobile_push" else SKEWS)
        right = time.time
        time.time = lambda: right() + skew + self._ahead
        clock.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=skew + self._ahead)
        if skew:
            self._note("clock: sandboxes ten minutes off")

    def _read_ahead(self) -> float:
        file = self._folder / "ahead"
        return float(file.read_text(encoding="utf-8")) if file.exists() else 0.0

    def _lose_names(self) -> None:
        resolve: Any = socket.getaddrinfo

        def getaddrinfo(*arguments: Any, **options: Any) -> Any:
            if self._is_on("no_names"):
                self._note("dns: a name did not resolve")
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            return resolve(*arguments, **options)

        socket.getaddrinfo = getaddrinfo

    def _spoil_rendering(self) -> None:
        from owlpost.channels.email.channel import EmailChannel  # noqa: PLC0415 (after the clock was set)

        render = EmailChannel.render

        def raise_or_render(channel: EmailChannel, delivery: Any) -> Any:
            if self._is_on("no_rendering") and self._random.random() < RAISING:
                self._note("renderer raised")
                raise RuntimeError("chaos: this cannot be rendered")
            return render(channel, delivery)

        EmailChannel.render = raise_or_render  # type: ignore[method-assign, assignment] # the renderer that raises

    def _is_on(self, name: str) -> bool:
        return (self._folder / name).exists()

    def _note(self, what: str) -> None:
        with (self._folder / "strikes").open("a", encoding="utf-8") as strikes:
            strikes.write(f"{what}\n")


def _shorten_waits() -> None:
    """Let minutes pass in seconds: what a provider wants to be left alone for, and our probes of one that refuses us."""
    # After the clock was set, which they take from its module.
    from owlpost.channels.email import resend_answers  # noqa: PLC0415 (see above)
    from owlpost.channels.mobile_push import death_guard, verdict  # noqa: PLC0415 (see above)
    from owlpost.db.delivery import pauses, settle  # noqa: PLC0415 (see above)
    from owlpost.services.delivery import settlement  # noqa: PLC0415 (see above)

    retry.LEAST_WAITS = {reason: wait / MINUTE for reason, wait in retry.LEAST_WAITS.items()}
    for module in (pauses, settle, settlement):
        module.PROBE_SECONDS = PROBE_SECONDS  # type: ignore[attr-defined] # each has it by name
    pauses.LONGEST_WAIT = LONGEST_WAIT
    death_guard.PAUSE_SECONDS /= MINUTE
    resend_answers.OPERATORS_PAUSE /= MINUTE
    verdict.OPERATOR_PAUSE /= MINUTE


_function = Strange(Path(os.environ["CHAOS_FOLDER"]), os.environ["CHAOS_ENTRY"]).handler()


def handler(event: Any, context: Any) -> Any:
    return _function(event, context)
