"""The operating-system account that the embedded Postgres runs under."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

# Root's files that `nobody` must reach. Only root can write here, so no other user can plant a file.
SHARED = Path("/var/lib/owlpost")


class Identity(TypedDict, total=False):
    """Arguments that make subprocess change the user; empty to keep the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and whether we must switch to it."""

    uid: int
    gid: int
    switch: bool

    @property
    def identity(self) -> Identity:
        return Identity(user=self.uid, group=self.gid, extra_groups=[]) if self.switch else Identity()

    def can_enter(self, folder: Path) -> bool:
        """Ask the system, because mode bits do not show access lists or mounts."""
        if not self.switch:
            return os.access(folder, os.X_OK)
        command = ["/bin/sh", "-c", '[ -x "$0" ]', str(folder)]
        return subprocess.run(command, cwd="/", check=False, **self.identity).returncode == 0

    def give(self, path: Path) -> None:
        if self.switch:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Return the account of the server. Postgres refuses root, so root starts it as `nobody`; others start it as themselves."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid, switch=True)


def shared_folder() -> Path:
    """Return root's fallback folder. It is readable under any umask."""
    if not SHARED.exists():
        SHARED.mkdir(parents=True, exist_ok=True)
        SHARED.chmod(0o755)
    return SHARED
