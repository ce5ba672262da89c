"""The deployment's document names assertions; they must exist, or its security posture is held by nothing."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8")
POSTURE = DOCUMENT.partition("## Security posture")[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED.findall(POSTURE))))
def test_every_assertion_that_the_posture_names_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (REPOSITORY / file).read_text(encoding="utf-8")


def test_every_point_of_the_posture_names_an_assertion() -> None:
    rows = [line for line in POSTURE.splitlines() if line.startswith("| ") and not line.startswith("| Point")]
    assert len(rows) > 10
    assert [row for row in rows if not NAMED.search(row)] == []
