"""What the doctor looks at on this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from infra.cli.doctor_functions import ask
from infra.cli.target import laptop_client
from infra.local.laptop.instance import Instance, NotRunning
from infra.local.postgres.binaries import wheel_folder
from infra.local.sqs.program import PYTHON
from infra.topology.model import physical_name
from owlpost.domain.findings import Finding, good, wrong

#: Below this Postgres and the emulator cannot keep a day's work.
FREE_BYTES = 1 << 30
SECONDS = 15.0


def look_at_laptop(data_dir: Path) -> list[Finding]:
    """Return what keeps `owlpost up` from working here, and whether a running instance answers."""
    return [_postgres(), _emulator(), _disk(data_dir), *_instance(data_dir)]


def _postgres() -> Finding:
    try:
        return good("Postgres", f"in {wheel_folder()}")
    except ModuleNotFoundError as error:
        return wrong("Postgres", str(error), "Run `make setup`.")


def _emulator() -> Finding:
    if PYTHON.exists():
        return good("SQS emulator", "has its environment")
    return wrong("SQS emulator", f"{PYTHON} is not there", "Run `make setup`.")


def _disk(data_dir: Path) -> Finding:
    there = next(folder for folder in (data_dir.absolute(), *data_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free >= FREE_BYTES:
        return good("disk", f"{free >> 30} GiB free at {there}")
    return wrong("disk", f"{free >> 20} MiB free at {there}", "Make room, or name another folder with --data-dir.")


def _instance(data_dir: Path) -> Iterator[Finding]:
    try:
        state = Instance(data_dir).state()
    except NotRunning as error:
        yield good("instance", str(error))
        return
    address = f"{state['api']}/v1/health"
    try:
        with urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 (our own instance's address)
            yield good("instance", f"{address} says {answer.status}")
        yield from ask(laptop_client(state), physical_name)
    except OSError as error:
        yield wrong("instance", f"{address}: {error}", f"Read the logs in {data_dir}, then stop and start it.")
