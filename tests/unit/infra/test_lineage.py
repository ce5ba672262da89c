"""The trace header in which Lambda counts the runs of a function in one chain of requests."""

import pytest

from infra.local.runtime.lineage import MOST_RUNS, Recursive, entered, longest, runs


def test_each_run_of_a_function_counts_and_what_else_is_in_the_header_stays() -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5"
    again = entered(entered(header, "deliver"), "deliver")
    assert again.startswith(f"{header}|")
    assert (runs(header, "deliver"), runs(again, "deliver"), runs(again, "enqueue")) == (0, 2, 0)


def test_functions_are_counted_apart() -> None:
    header = entered(entered(None, "enqueue"), "deliver")
    assert (runs(header, "enqueue"), runs(header, "deliver")) == (1, 1)


def test_the_seventeenth_run_is_refused() -> None:
    header = None
    for _ in range(MOST_RUNS):
        header = entered(header, "deliver")
    with pytest.raises(Recursive):
        entered(header, "deliver")
    assert runs(entered(header, "sweep"), "deliver") == MOST_RUNS


@pytest.mark.parametrize("header", ["", "Root", "Lineage=", "Lineage=x", "Lineage=a:b|:|c:²", ";;=;"])
def test_a_header_that_is_none_counts_nothing(header: str) -> None:
    assert runs(header, "deliver") == 0
    assert runs(entered(header, "deliver"), "deliver") == 1


def test_a_batch_goes_on_with_its_longest_chain() -> None:
    once = entered(None, "deliver")
    twice = entered(once, "deliver")
    assert longest([None, once, twice, once], "deliver") == twice
    assert longest([], "deliver") is None
