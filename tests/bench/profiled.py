"""CPU of a worker's batch by purpose: the profiler's times, grouped by the purpose of the functions."""

import cProfile
import pstats
import time
from collections.abc import Callable
from pathlib import Path

#: Sections by file and function. A section includes the functions that it calls, without other sections.
SECTIONS = {
    ("deliveries.py", "claim"): "claim: the statement",
    ("claimed.py", "from_json"): "claim: values from its answer",
    ("adapters.py", "deliver"): "adapter",
    ("settlement.py", "settle_all"): "settle: outcomes into rows",
    ("deliveries.py", "settle"): "settle: the statement",
    ("json_values.py", "compact"): "settle: rows into JSON",
    ("delivery_report.py", "tell"): "log and metrics",
    ("session.py", "transaction"): "transactions",
}
#: Sections that other sections call. They must not be counted twice.
INSIDE = {
    "claim: values from its answer": "claim: the statement",
    "settle: rows into JSON": "settle: the statement",
}


def sections(work: Callable[[], object], *, rounds: int) -> dict[str, float]:
    """Return the share of CPU of each section; the rest comes last."""
    profile = cProfile.Profile(time.process_time)
    for _ in range(rounds):
        profile.runcall(work)
    stats = pstats.Stats(profile)
    spent = dict.fromkeys(SECTIONS.values(), 0.0)
    for (file, _, function), (_, _, _, cumulative, _) in stats.stats.items():  # type: ignore[attr-defined]
        if name := SECTIONS.get((Path(file).name, function)):
            spent[name] += cumulative
    for inner, outer in INSIDE.items():
        spent[outer] -= spent[inner]
    whole = stats.total_tt  # type: ignore[attr-defined]
    return {name: seconds / whole for name, seconds in spent.items()} | {"the rest": 1 - sum(spent.values()) / whole}
