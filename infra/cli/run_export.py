"""Save all rows about a person to a file."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli.errors import CommandFailed

if TYPE_CHECKING:
    from infra.cli.target import Target


def save(owlpost: "Target", user: str, file: str) -> int:
    """Write one JSON document with the rows by table, and return their number. The file is its owner's alone.

    Raises CommandFailed if the file is there already or cannot be written.
    """
    # The first answer comes before the file: a name that does not exist leaves none behind.
    tables = _all(owlpost, user)
    try:
        descriptor = os.open(Path(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as document:
            json.dump({"tables": tables}, document, indent=2, ensure_ascii=False)
            document.write("\n")
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}; name another file") from None
    return sum(map(len, tables.values()))


def _all(owlpost: "Target", user: str) -> dict[str, list[Any]]:
    tables: dict[str, list[Any]] = {}
    page: dict[str, Any] = {"after": None}
    while True:
        page = owlpost.operate({"command": "export_person", "user": user, **page})
        for table, rows in page["tables"].items():
            tables.setdefault(table, []).extend(rows)
        if page["next"] is None:
            return tables
        page = {"after": page["next"]}
