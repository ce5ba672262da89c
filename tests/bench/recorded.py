"""Results: those of this run as JSON, and the recorded ratios to compare with."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench.figures import Findings, Ratio

LATEST = Path(__file__).with_name("results") / "latest.json"
RECORDED = Path(__file__).with_name("recorded.json")
#: Two runs of the same code may differ by less than this.
TOLERANCE = 1.25


def save(findings: Sequence[Findings], machine: dict[str, str]) -> None:
    LATEST.parent.mkdir(exist_ok=True)
    rows = [
        {
            "title": row.title,
            "unit": row.unit,
            "times": [asdict(times) for times in row.times],
            "rates": [asdict(rate) for rate in row.rates],
            "ratios": [{**asdict(ratio), "met": ratio.is_met} for ratio in row.ratios],
            "problems": row.problems,
        }
        for row in findings
    ]
    LATEST.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")


def load() -> dict[str, float]:
    """Return the recorded ratios by name; empty if there are none."""
    recorded: dict[str, float] = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    return recorded


def record(findings: Sequence[Findings]) -> None:
    """Record this run's ratios for later runs. Ratios that were not measured keep their value."""
    now = {ratio.name: round(ratio.value, 2) for row in findings for ratio in row.ratios}
    RECORDED.write_text(json.dumps(load() | now, indent=2) + "\n")


def regressions(findings: Sequence[Findings]) -> list[str]:
    """Return the ratios of this run that are worse than the recorded by more than TOLERANCE, in words."""
    before = load()
    ratios = [ratio for row in findings for ratio in row.ratios if not ratio.of_floors]
    return [
        f"{ratio.name}: {ratio.value:.2f}, {change(ratio, before.get(ratio.name))}"
        for ratio in ratios
        if _worsened(ratio, before.get(ratio.name, ratio.value)) > TOLERANCE
    ]


def change(ratio: Ratio, before: float | None) -> str:
    """Return a comparison with the recorded ratio in words."""
    if before is None:
        return "not recorded"
    worse = _worsened(ratio, before)
    if worse > TOLERANCE:
        return f"WORSE than {before:.2f}"
    return f"better than {before:.2f}" if worse < 1 / TOLERANCE else f"as recorded ({before:.2f})"


def _worsened(ratio: Ratio, before: float) -> float:
    return before / ratio.value if ratio.more_is_better else ratio.value / before
