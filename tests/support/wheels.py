"""Wheels of what is installed here, so that a test can install them elsewhere without a package index."""

import re
from email.parser import HeaderParser
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile


def pack_installed(name: str, folder: Path) -> Path:
    """Write the wheel that this distribution was installed from, without its scripts. Return its path."""
    found = distribution(name)
    path = folder / f"{found.name.replace('-', '_')}-{found.version}-{_tag(found)}.whl"
    with ZipFile(path, "w") as wheel:
        for file in found.files or []:
            if file.parts[0] != ".." and "__pycache__" not in file.parts:
                wheel.write(str(found.locate_file(file)), file.as_posix())
    return path


def locked(requirements: Path) -> list[str]:
    """Return the names in a locked set of requirements, those left out that are not for this machine."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==", requirements.read_text(), re.MULTILINE)
    return [name for name in names if _is_installed(name)]


def _is_installed(name: str) -> bool:
    return any(True for _ in Distribution.discover(name=name))


def _tag(found: Distribution) -> str:
    """Return the wheel's tag; several, as of manylinux, are one with dots in it."""
    parts = [tag.split("-") for tag in HeaderParser().parsestr(found.read_text("WHEEL") or "").get_all("Tag", [])]
    return "-".join(".".join(dict.fromkeys(part)) for part in zip(*parts, strict=True))
