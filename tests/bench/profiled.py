"""Where the CPU of a worker's batch goes: the profiler's times, put together by what the functions are for."""

import cProfile
import pstats
import time
from collections.abc import Callable
from pathlib import Path

#: Sections by file and function; what a section calls counts for it, but for what is a section itself.
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
#: Sections that are called by others, and are not to be counted twice.
INSIDE = {
    "claim: values from its answer": "claim: the statement",
    "settle: rows into JSON": "settle: the statement",
}


def sections(work: Callable[[], object], *, rounds: int) -> dict[str, float]:
    """Shares of the CPU by section, that of everything else last."""
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
