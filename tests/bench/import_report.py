"""Imports of each function and their time, by package, from `-X importtime` in a fresh interpreter.

A worker imports its channel adapter at the first event, so the adapter is named here, too.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

from infra.topology.model import Function
from infra.topology.plan import topology
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from tests.bench.figures import Findings, Times
from tests.bench.layers import Layers, built_layers

#: Packages with a line of their own. All others are summed up.
SHOWN = 10
LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)")


def measure() -> Findings:
    findings = Findings("Imports by package, self time")
    with built_layers() as layers:
        functions = topology().functions
        by_package(layers, functions[0])  # warm-up: the first run reads the files from the disk
        for function in functions:
            findings.times.extend(_times(function.name, by_package(layers, function)))
    return findings


def by_package(layers: Layers, function: Function) -> Mapping[str, float]:
    """Return milliseconds by top-level package."""
    modules = [function.entry.rpartition(".")[0]]
    channel = NOTIFICATION_CHANNELS.get(function.environment.get("DELIVERY_CHANNEL", ""))
    if channel and channel.adapter:
        modules.append(channel.adapter)
    packages: defaultdict[str, float] = defaultdict(float)
    for microseconds, module in LINE.findall(layers.import_times(", ".join(modules))):
        packages[module.partition(".")[0]] += int(microseconds) / 1_000
    return packages


def _times(name: str, packages: Mapping[str, float]) -> list[Times]:
    shown = sorted(packages.items(), key=lambda each: -each[1])[:SHOWN]
    rest = sum(packages.values()) - sum(taken for _, taken in shown)
    rows = [(f"{name}: all", sum(packages.values())), *((f"{name}: {package}", taken) for package, taken in shown)]
    return [Times(label, taken, None, 1) for label, taken in (*rows, (f"{name}: the rest", rest))]
