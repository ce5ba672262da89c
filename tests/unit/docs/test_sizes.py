"""Modules stay small enough to read at once."""

from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).parents[3]
LONGEST = 250
TYPICAL = 80


def lengths() -> dict[str, int]:
    """Lines of each module outside the tests, empty ones left out."""
    modules = [path for folder in ("functions", "infra", "layers") for path in (REPOSITORY / folder).rglob("*.py")]
    counted = {str(path.relative_to(REPOSITORY)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    return {name: lines for name, lines in counted.items() if lines}


def test_no_module_is_longer_than_250_lines() -> None:
    assert {name: lines for name, lines in lengths().items() if lines > LONGEST} == {}


def test_a_typical_module_is_shorter_than_80_lines() -> None:
    assert median(lengths().values()) < TYPICAL
