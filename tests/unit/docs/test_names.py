"""The table of names leads to files, functions and facts that exist."""

import re
from pathlib import Path

from infra.topology.plan import topology

REPOSITORY = Path(__file__).parents[3]
DOCUMENT = (REPOSITORY / "docs" / "names.md").read_text(encoding="utf-8")
LAYER = "layers/shared/python/"


def test_each_path_exists() -> None:
    named = set(re.findall(r"`((?:owlpost|functions)/[\w./]*)`", DOCUMENT)) - {"owlpost/"}
    assert len(named) > 20
    paths = {path: REPOSITORY / (LAYER + path if path.startswith("owlpost/") else path) for path in named}
    assert [name for name, path in paths.items() if not path.exists()] == []


def test_each_fact_is_in_its_file() -> None:
    facts = re.findall(r"the fact `(\w+)` of `owlpost/([\w./]+)`", DOCUMENT)
    assert len(facts) > 5
    for fact, path in facts:
        assert f"class {fact}(Fact)" in (REPOSITORY / LAYER / "owlpost" / path).read_text(encoding="utf-8")


def test_each_function_is_in_the_topology() -> None:
    named = set(re.findall(r"the functions? `([\w-]+)`", DOCUMENT)) | set(re.findall(r"` and `(deliver-\w+)`", DOCUMENT))
    assert {"digest", "cleanup", "alert", "enqueue", "deliver-email", "deliver-mobile_push"} <= named
    assert named <= {function.name for function in topology().functions}
