"""A hash of all migrations: by it a deployment, and the doctor, see whether they are those of this code."""

import hashlib
from pathlib import Path

from infra.aws.bundles import REPOSITORY

FOLDER = REPOSITORY / "layers" / "shared" / "python" / "owlpost" / "db" / "migrations"


def fingerprint(folder: Path = FOLDER) -> str:
    """Of all migrations: in the function's environment, so that a new one makes a new version and the trigger runs it."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.sql")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
