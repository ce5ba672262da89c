"""The page about the laptop names tests that exist."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "local.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_every_test_that_the_page_names_exists(file: str, test: str) -> None:
    assert f"def {test}" in (REPOSITORY / file).read_text(encoding="utf-8")


def test_each_rule_says_whether_it_is_kept_and_what_to_mind() -> None:
    rules = PAGE.partition("## AWS")[2].partition("## The loop guard")[0]
    rows = [line for line in rules.splitlines() if line.startswith("| ") and not line.startswith(("| rule", "| ---"))]
    assert len(rows) > 30
    for row in rows:
        _, rule, kept, why, _ = (cell.strip() for cell in row.split("|"))
        assert rule
        assert kept
        assert why
