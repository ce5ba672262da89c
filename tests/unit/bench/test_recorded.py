"""A run of the bench says which of its ratios are worse than they were."""

import pytest

from tests.bench import recorded
from tests.bench.figures import Findings, Ratio

NAMES = sorted(recorded.load())


def of(ratio: Ratio) -> list[str]:
    return recorded.regressions([Findings("a row", ratios=[ratio])])


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_ratio_that_has_grown_by_more_than_a_quarter_is_named(name: str) -> None:
    before = recorded.load()[name]
    assert of(Ratio(name, before * 1.3))[0].startswith(name)
    assert of(Ratio(name, before * 1.2)) == of(Ratio(name, before * 0.5)) == []


@pytest.mark.parametrize("name", NAMES)
def test_where_more_is_better_less_is_worse(name: str) -> None:
    before = recorded.load()[name]
    assert of(Ratio(name, before / 1.3, more_is_better=True))[0].startswith(name)
    assert of(Ratio(name, before * 2, more_is_better=True)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_ratio_of_two_floors_says_nothing_of_ours(name: str) -> None:
    assert of(Ratio(name, recorded.load()[name] * 1.3, of_floors=True)) == []


def test_a_ratio_that_was_never_recorded_is_not_worse() -> None:
    assert of(Ratio("never recorded", 1_000.0)) == []
