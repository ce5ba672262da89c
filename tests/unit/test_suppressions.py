"""A rule that is switched off says which one and why, and no formatting is switched off."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOTS = ("functions", "infra", "layers/shared/python", "tests", "examples")
WITH_REASON = re.compile(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* \([^()].*\)$")


def comments() -> Iterator[tuple[str, str]]:
    """Every comment of the repository's Python, with its place."""
    for root in ROOTS:
        for file in sorted((REPOSITORY / root).rglob("*.py")):
            for token in tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline):
                if token.type == tokenize.COMMENT:
                    yield f"{file.relative_to(REPOSITORY)}:{token.start[0]}", token.string


def test_each_noqa_names_its_rule_and_a_reason() -> None:
    found = [(place, text) for place, text in comments() if "noqa" in text]
    assert len(found) > 10  # else nothing was looked at
    assert [place for place, text in found if not WITH_REASON.search(text)] == []


def test_no_formatting_is_switched_off() -> None:
    assert [place for place, text in comments() if re.search(r"fmt:\s*(skip|off)", text)] == []
