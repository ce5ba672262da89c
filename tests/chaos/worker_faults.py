"""What befalls sandboxes: they are killed or stand still at work, names do not resolve, mails cannot be rendered."""

import os
import signal
import time
from contextlib import suppress

from infra.local.postgres.postmaster import wait_until
from tests.chaos.script import Act
from tests.chaos.system import System

#: How long a fault looks for a worker at work.
LOOK_SECONDS = 3.0
#: How long an hour's sleep waits for the middle of traffic, in which each of these has worked.
MIDDLE_SECONDS = 60.0
CHANNEL_WORKERS = ("deliver-email", "deliver-mobile_push")


def kill(system: System, act: Act) -> int:
    return _strike(system, act, signal.SIGKILL)


def freeze(system: System, act: Act) -> int:
    """Stop a worker for a while: it comes back and goes on, unless its time is over by then."""
    pid = system.worker_at_work(act.target, within=LOOK_SECONDS, after=0.0)
    if pid is None:
        return 0
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(3 * act.seconds)
        os.kill(pid, signal.SIGCONT)
    return 1


def sleep_an_hour(system: System, _: Act) -> int:
    """Let an hour pass between two invocations while all sandboxes are frozen, those of each channel among them.

    Return how many there were.
    """
    pids = system.engine.sandboxes.pids
    wait_until(lambda: all(pids(worker) for worker in CHANNEL_WORKERS), seconds=MIDDLE_SECONDS)
    with system.providers_turn, system.engine.sandboxes.all_asleep() as frozen:
        system.pass_an_hour()
    return len(frozen)


def lose_names(system: System, act: Act) -> int:
    return _for_a_while(system, "no_names", act.seconds)


def spoil_rendering(system: System, act: Act) -> int:
    return _for_a_while(system, "no_rendering", act.seconds)


def _strike(system: System, act: Act, ending: signal.Signals) -> int:
    pid = system.worker_at_work(act.target, within=LOOK_SECONDS, after=act.seconds)
    with suppress(ProcessLookupError):
        if pid is not None:
            os.kill(pid, ending)
            return 1
    return 0


def _for_a_while(system: System, name: str, seconds: float) -> int:
    (system.folder / name).touch()
    time.sleep(seconds)
    (system.folder / name).unlink(missing_ok=True)
    return 1
