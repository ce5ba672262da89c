"""What holds for every test: no verdict depends on time, and a test that takes long says why."""

import gc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.remote import Producer

import functions  # noqa: F401 (sets a pace of its own for garbage when it is imported)
from owlpost import garbage
from tests.support.scheduling import ByFile

#: Seconds, on a machine that does nothing else.
LONG = 10.0

# Many sandboxes start and end in one process of tests: there garbage is looked for at one pace, whichever of them is the first.
gc.set_threshold(garbage.WHILE_STARTING + 1)

#: A property does not fail because the machine is busy.
hypothesis.settings.register_profile("owlpost", deadline=None)
hypothesis.settings.load_profile("owlpost")


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    """What tests leave open is found at the end of their module, not in whichever test garbage is next looked for."""
    yield
    gc.collect()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", type=Path, help="run the database of the tests by another Postgres, installed here")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the files of long tests first, so that no worker waits for another at the end.

    Raises UsageError if a long test gives no reason, or if two tests have one id: pytest-xdist would run one of them.
    """
    for item in items:
        if label := getattr(item, "operation_label", None):  # pytest 9.2 leaves what schemathesis adds out of the id
            item._id = item.id.with_params(label)
    [(id_, times)] = Counter(item.nodeid for item in items).most_common(1) or [("", 1)]
    if times > 1:
        raise pytest.UsageError(f"{id_}: {times} tests have this id")
    long = {item.path for item in items for mark in item.iter_markers("takes_long") if _reason(item, mark)}
    items.sort(key=lambda item: item.path not in long)


def _reason(item: pytest.Item, mark: pytest.Mark) -> str:
    match mark.args:
        case (str(reason),) if reason:
            return reason
    raise pytest.UsageError(f'{item.nodeid}: say why, as in @pytest.mark.takes_long("…")')


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the tests that take long and do not say why. They pass nonetheless: the machine may be busy."""
    reports: list[pytest.TestReport] = [
        report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])
    ]
    silent = [
        report
        for report in reports
        if report.when == "call" and report.duration > LONG and "takes_long" not in report.keywords
    ]
    if silent:
        terminalreporter.section(f"more than {LONG:g} s without a reason (see the marker takes_long)")
        for report in sorted(silent, key=lambda each: -each.duration):
            terminalreporter.line(f"{report.duration:6.1f} s  {report.nodeid}")
