"""The cluster on disk: its folder, and its creation."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from infra.local.postgres import postmaster
from infra.local.postgres.account import Account, shared_folder

# Postgres' own C.UTF-8 instead of the system's: the same on Linux and macOS, and the wheel has no ICU.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
#: A system's Postgres that is older than 17 has only the system's locales.
OLD_LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8")
FIRST_WITH_BUILTIN_LOCALE = 17


class PostgresError(RuntimeError):
    """Postgres could not be started, stopped or set up. The message ends with its own output."""


def hold(data_dir: Path) -> int:
    """Lock the folder and return the descriptor that keeps it so.

    The lock dies with the process, so a server that is still there once we have it has lost its launcher.
    """
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(data_dir.with_name(f"{data_dir.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise PostgresError(f"another process already runs the Postgres in {data_dir}") from None
    return lock


def prepare_cluster(data_dir: Path, account: Account, binaries: Path, *, user: str) -> Path:
    """Return the real folder of a cluster that no server uses, made by initdb if there is none yet."""
    home = data_dir.resolve()
    if account.switch and not account.can_enter(home.parent):
        home = _settle_elsewhere(data_dir, account)
    if not account.can_enter(home.parent):
        raise PostgresError(f"Postgres would run as uid {account.uid}, which cannot pass {home.parent}")
    postmaster.retire(home)
    if not (home / "PG_VERSION").exists():
        _make(home, account, binaries, user=user)
    return home


def _settle_elsewhere(data_dir: Path, account: Account) -> Path:
    """Make `data_dir` a link to a folder below /var/lib/owlpost, which survives restarts.

    For `nobody`, who cannot pass a private folder: /root, or a data folder that is for us alone. A cluster that was made while
    it could be passed moves along. The name is derived from the path: data that lies there already belonged to a `data_dir`
    removed since, and goes as its owner meant it to.
    """
    home = shared_folder() / f"{data_dir.name}-{sha256(bytes(data_dir)).hexdigest()[:16]}"
    if home.exists():
        postmaster.retire(home)
        shutil.rmtree(home)
    if data_dir.exists():
        postmaster.retire(data_dir)
        shutil.move(data_dir, home)
        for path in (home, *home.rglob("*")):  # to another file system it was copied
            account.give(path)
    data_dir.symlink_to(home)
    return home


def _major(binaries: Path) -> int:
    """Return the major version, from a line such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`."""
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[2].partition(".")[0])


def _make(home: Path, account: Account, binaries: Path, *, user: str) -> None:
    """Run initdb in a sibling folder: the rename publishes a whole cluster, and one killed half-way is never seen."""
    for litter in home.parent.glob(f"{home.name}.unfinished-*"):
        shutil.rmtree(litter, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(dir=home.parent, prefix=f"{home.name}.unfinished-"))
    account.give(unfinished)
    command: list[str | Path] = [
        binaries / "initdb",
        "-D",
        unfinished,
        "-U",
        user,
        "--auth=trust",
        "--no-sync",
        *(LOCALE if _major(binaries) >= FIRST_WITH_BUILTIN_LOCALE else OLD_LOCALE),
    ]
    made = subprocess.run(
        command, cwd=unfinished, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False, **account.identity
    )
    if made.returncode != 0:
        shutil.rmtree(unfinished)
        raise PostgresError(f"initdb failed for {home}:\n{made.stdout}{made.stderr}")
    unfinished.rename(home)
