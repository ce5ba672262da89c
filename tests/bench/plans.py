"""Asks the planner whether a statement finds its rows by an index."""

from collections.abc import Iterator
from typing import Any

from tests.bench.server import Bench


def table_scans(bench: Bench, statement: str) -> list[str]:
    """Return the tables that a statement would scan, or read by a bitmap and sort."""
    with bench.postgres.connect(bench.name) as connection:
        [[[explained]]] = connection.run(f"explain (format json) {statement}")
    return [node["Relation Name"] for node in _nodes(explained["Plan"]) if _scans(node)]


def _scans(node: dict[str, Any]) -> bool:
    return node["Node Type"] in {"Seq Scan", "Bitmap Heap Scan"}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
