"""How long `make test` took at its last run in this folder, and in which rooms: from the report that it leaves.

It is not run here: that takes longer than all other rows together. A room's time is that of all workers, who share the cores.
"""

from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.bench.figures import Findings, Ratio, Times

REPORT = Path(__file__).with_name("results") / "whole_run.xml"
#: Minutes.
REACH = 4.0
ROOMS, SLOWEST = 24, 12


def measure(report: Path = REPORT) -> Findings:
    findings = Findings("make test: its last whole run here", unit="minutes of all workers")
    if not report.exists():
        findings.notes.append("There is no report of a run: `make test` leaves one.")
        return findings
    suite = next(ET.parse(report).iter("testsuite"))  # noqa: S314 (a file that our own test run wrote)
    taken = {
        (case.get("classname", ""), case.get("name", "")): float(case.get("time", 0)) for case in suite.iter("testcase")
    }
    rooms: defaultdict[str, float] = defaultdict(float)
    cases = Counter(room(module) for module, _ in taken)
    for (module, _), seconds in taken.items():
        rooms[room(module)] += seconds
    for name, seconds in sorted(rooms.items(), key=lambda each: -each[1])[:ROOMS]:
        findings.times.append(Times(f"{name}, {cases[name]:,} tests", seconds / 60, None, 1))
    minutes = float(suite.get("time", 0)) / 60
    findings.ratios.append(Ratio("make test / 4 minutes", minutes / REACH, 1.0))
    findings.notes.append(f"{len(taken):,} tests in {minutes:.1f} minutes. The slowest, in seconds:")
    slowest = sorted(taken.items(), key=lambda each: -each[1])[:SLOWEST]
    findings.notes.extend(
        f"  {seconds:5.0f}  {module.rpartition('.')[2]}: {name}" for (module, name), seconds in slowest
    )
    return findings


def room(module: str) -> str:
    """Return the room of a test module: two folders below `tests`, or the one that there is."""
    folders = module.removeprefix("tests.").split(".")[:-1]
    return "/".join(folders[:2]) or module
