"""The cluster on disk: where it lives, and its making."""

import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from infra.local import postmaster
from infra.local.postgres_account import Account, shared_folder

# Postgres' own C.UTF-8 instead of the system's: the same on Linux and macOS, and the wheel has no ICU.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class PostgresError(RuntimeError):
    """Postgres could not be started, stopped or set up; the message ends with what it had to say."""


def prepare_cluster(data_dir: Path, account: Account, binaries: Path, *, user: str) -> Path:
    """Return the real folder of a cluster that no server uses, made by initdb if there is none yet."""
    home = _home(data_dir, account)
    postmaster.retire(home)
    if home != data_dir and not data_dir.is_symlink():
        # Kept elsewhere for a folder that has been removed since: whoever removed that meant the data.
        shutil.rmtree(home, ignore_errors=True)
        data_dir.symlink_to(home)
    if not (home / "PG_VERSION").exists():
        _make(home, account, binaries, user=user)
    return home


def _home(data_dir: Path, account: Account) -> Path:
    """Where the cluster can live.

    `nobody` cannot pass a private folder such as /root, and its mode is not ours to change. The cluster is then kept below
    /var/lib/owlpost, which survives restarts, and `data_dir` becomes a link to it: moved or removed like any other folder.
    """
    home = data_dir.resolve()
    if not account.can_enter(home.parent) and not home.exists():
        home = shared_folder() / f"{data_dir.name}-{sha256(bytes(home)).hexdigest()[:16]}"
    if not account.can_enter(home.parent):
        raise PostgresError(f"the account that runs Postgres (uid {account.uid}) cannot pass {home.parent}")
    return home


def _make(home: Path, account: Account, binaries: Path, *, user: str) -> None:
    """Run initdb in a sibling folder: the rename publishes a whole cluster, and one killed half-way is never seen."""
    for litter in home.parent.glob(f"{home.name}.unfinished-*"):
        shutil.rmtree(litter, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(dir=home.parent, prefix=f"{home.name}.unfinished-"))
    account.give(unfinished)
    command = [binaries / "initdb", "-D", unfinished, "-U", user, "--auth=trust", "--no-sync", *LOCALE]
    made = subprocess.run(
        command, cwd=unfinished, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False, **account.identity
    )
    if made.returncode != 0:
        shutil.rmtree(unfinished)
        raise PostgresError(f"initdb failed for {home}:\n{made.stdout}{made.stderr}")
    unfinished.rename(home)
