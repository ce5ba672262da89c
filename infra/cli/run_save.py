"""Save all messages of a dead-letter queue to a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli.errors import CommandFailed

if TYPE_CHECKING:
    from infra.cli.target import Target


def save(owlpost: "Target", queue: str, file: str) -> int:
    """Write one JSON object a line and return their number. Each message is hidden from others for a minute meanwhile.

    Raises CommandFailed if the file cannot be written.
    """
    written: set[str] = set()
    try:
        with Path(file).open("x", encoding="utf-8") as lines:
            while fresh := _next(owlpost, queue, written):
                for message in fresh:
                    written.add(message["id"])
                    lines.write(json.dumps(message, ensure_ascii=False) + "\n")
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}; name another file") from None
    return len(written)


def _next(owlpost: "Target", queue: str, written: set[str]) -> list[dict[str, str]]:
    """Return messages that are not written yet. None are left once a queue begins again from its start."""
    messages = owlpost.operate({"command": "save_dead_letters", "queue": queue})["messages"]
    return [message for message in messages if message["id"] not in written]
