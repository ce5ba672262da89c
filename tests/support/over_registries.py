"""Which tests go over what is registered: found by what they import, so that a new one is found by itself."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

#: Where an entry of a registry is read from: channels, types, their queues, and the functions that are made of them.
REGISTRIES = {
    "owlpost.domain.channels",
    "owlpost.domain.types",
    "owlpost.domain.queue_names",
    "infra.topology.plan",
    "infra.environment",
}


def files_over_registries(root: Path, folder: str) -> list[str]:
    """Return the test files of a folder that read a registry: themselves, by the tests' own parts, or by one of infra's.

    And those that walk over the source, in which a new channel has a module.
    """
    return [str(file.relative_to(root)) for file in sorted((root / folder).rglob("test_*.py")) if reads(root, file)]


@cache
def reads(root: Path, file: Path) -> bool:
    names = set(imported(file))
    of_tests, of_infra = (modules(root, names, room) for room in ("tests.support.", "infra."))
    return (
        bool(names & REGISTRIES)
        or "glob(" in file.read_text(encoding="utf-8")
        or any(REGISTRIES & set(imported(module)) for module in of_infra)
        or any(reads(root, module) for module in of_tests if module != file)
    )


def modules(root: Path, names: set[str], room: str) -> list[Path]:
    files = (root / f"{name.replace('.', '/')}.py" for name in sorted(names) if name.startswith(room))
    return [file for file in files if file.exists()]


def imported(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports; of `from a import b` both `a` and `a.b`, as either may be one."""
    for each in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        if isinstance(each, ast.ImportFrom) and each.module:
            yield from (each.module, *(f"{each.module}.{alias.name}" for alias in each.names))
