"""The password that a cluster asks for: set before the server starts, by its own single-user mode."""

import subprocess
from hashlib import sha256
from pathlib import Path

from pg8000.native import identifier, literal

from infra.local.postgres.account import Account
from infra.local.postgres.cluster import PostgresError


def require_password(home: Path, account: Account, binaries: Path, *, user: str, password: str) -> None:
    """Have the stopped cluster ask everybody for a password, and this user for this one. Does nothing if it already does.

    Raises PostgresError if the cluster cannot be changed.
    """
    rules = home / "pg_hba.conf"
    wanted = f"# {sha256(password.encode()).hexdigest()}\nhost all all 127.0.0.1/32 scram-sha-256\n"
    if rules.exists() and rules.read_text(encoding="utf-8") == wanted:
        return
    _run(home, account, binaries, f"alter role {identifier(user)} password {literal(password)}")
    rules.write_text(wanted, encoding="utf-8")


def _run(home: Path, account: Account, binaries: Path, statement: str) -> None:
    command: list[str | Path] = [binaries / "postgres", "--single", "-D", home, "postgres"]
    ran = subprocess.run(
        command,
        input=f"{statement}\n",
        cwd="/",
        env={"LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        **account.identity,
    )
    said = ran.stdout + ran.stderr
    if ran.returncode != 0 or "ERROR:" in said:
        raise PostgresError(f"the password of {home} could not be set:\n{said.replace(statement, '…')}")
