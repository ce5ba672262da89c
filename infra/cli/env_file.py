"""The settings that the user gives a laptop: those of the environment, and of the file of `--env-file`."""

import os
from pathlib import Path

from dotenv.parser import parse_stream

from infra.cli.errors import BadInput


def variables(file: Path | None) -> dict[str, str]:
    """Return the environment over the file's variables. Raises BadInput if the file cannot be read or understood."""
    return {**(read(file) if file else {}), **os.environ}


def read(file: Path) -> dict[str, str]:
    """Return the variables of a file of lines such as `NAME=value`; a quoted value may have several lines.

    Raises BadInput naming the first line that is something else.
    """
    found: dict[str, str] = {}
    try:
        with file.open(encoding="utf-8") as stream:
            for binding in parse_stream(stream):
                if binding.error or (binding.key is not None and binding.value is None):
                    raise BadInput(f"{file}, line {binding.original.line}: is not NAME=value")
                if binding.key is not None and binding.value is not None:
                    found[binding.key] = binding.value
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not text in UTF-8") from None
    return found
