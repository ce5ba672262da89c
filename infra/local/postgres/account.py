"""The operating-system account that the embedded Postgres runs under."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

# Where root keeps what `nobody` must reach: only root can write here, so nobody else can plant anything.
SHARED = Path("/var/lib/owlpost")


class Identity(TypedDict, total=False):
    """The arguments by which subprocess becomes another user; empty to stay the same."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and whether we have to become it."""

    uid: int
    gid: int
    switch: bool

    @property
    def identity(self) -> Identity:
        return Identity(user=self.uid, group=self.gid, extra_groups=[]) if self.switch else Identity()

    def can_enter(self, folder: Path) -> bool:
        """Ask the system itself: mode bits alone do not tell of access lists or mounts."""
        if not self.switch:
            return os.access(folder, os.X_OK)
        command = ["/bin/sh", "-c", '[ -x "$0" ]', str(folder)]
        return subprocess.run(command, cwd="/", check=False, **self.identity).returncode == 0

    def give(self, path: Path) -> None:
        if self.switch:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Postgres refuses root, so root starts it as `nobody`; anybody else starts it as themselves."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid, switch=True)


def shared_folder() -> Path:
    """The folder for root's fallbacks, made readable whatever the umask."""
    if not SHARED.exists():
        SHARED.mkdir(parents=True, exist_ok=True)
        SHARED.chmod(0o755)
    return SHARED
