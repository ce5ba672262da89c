"""The document of promises names tests; they must exist, or the promise is held by nothing."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
DOCUMENT = (REPOSITORY / "docs" / "guarantees.md").read_text(encoding="utf-8")


SECURITY = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED.findall(DOCUMENT + SECURITY))))
def test_every_test_that_the_promises_name_exists(file: str, test: str) -> None:
    assert re.search(rf"^ *def {test}\(", (REPOSITORY / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_invariant_names_a_test() -> None:
    promises = DOCUMENT.partition("## Promises")[2].partition("\n## ")[0].split("\n\n**")
    assert [promise for promise in promises if not NAMED.search(promise)] == []
    assert len(promises) > 9


def test_every_point_that_security_promises_names_a_test() -> None:
    promised = SECURITY.partition("## What is promised")[2].partition("\nNot met")[0]
    rows = [line for line in promised.splitlines() if line.startswith("| ") and not line.startswith(("| point", "| ---"))]
    assert len(rows) > 20
    assert [row for row in rows if not NAMED.search(row)] == []
