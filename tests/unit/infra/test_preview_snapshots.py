"""Nothing that people read changes unseen: `make snapshots` writes what is wanted, and its diff is looked at."""

import pytest

from infra.local.preview.specimens import specimens
from tests.snapshots.written import kept, written


@pytest.fixture(scope="module")
def now() -> dict[str, str]:
    return written()


def test_each_specimen_has_a_snapshot_and_no_snapshot_is_left_over(now: dict[str, str]) -> None:
    assert now.keys() == kept().keys()


@pytest.mark.parametrize("name", [specimen.name for specimen in specimens()])
def test_a_specimen_is_as_its_snapshot_shows(name: str, now: dict[str, str]) -> None:
    assert now[f"{name}.txt"].splitlines() == kept()[f"{name}.txt"].splitlines()


def test_the_frame_of_all_mails_is_as_its_snapshot_shows(now: dict[str, str]) -> None:
    assert now["frame.txt"].splitlines() == kept()["frame.txt"].splitlines()
