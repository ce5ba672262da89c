"""Save the HTML of a mail that was sent."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli.errors import CommandFailed

if TYPE_CHECKING:
    from infra.cli.target import Target


def save(owlpost: "Target", command: Mapping[str, object], file: str) -> int:
    """Write the HTML to a new file that is its owner's alone.

    Raises CommandFailed if there is none, or if it cannot be written.
    """
    content = owlpost.operate(command)["content"]
    html = content["parts"].get("html") if content else None
    if html is None:
        raise CommandFailed(f"{file} was not written. {content['said'] if content else ''} It has no HTML.")
    try:
        descriptor = os.open(Path(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as page:
            page.write(html)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}; name another file") from None
    print(f"{content['said']} The HTML was written to {file}.")
    return 0
