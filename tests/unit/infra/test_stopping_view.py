"""What hold prints is a sentence that is true, also where nothing matches."""

import pytest

from infra.cli import stopping_view


@pytest.mark.parametrize(
    ("pending", "dry_run", "said"),
    [
        ({}, False, "Nothing that is pending now matches. It stops all that match from now on."),
        ({}, True, "Nothing that is pending now matches. It would stop all that match from now on."),
        ({"email": 2}, False, "It stops 2 email that are pending now, and all that match from now on."),
    ],
)
def test_a_hold_says_what_it_stops(
    pending: dict[str, int], *, dry_run: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stopping_view.placed({"pending": pending, "dry_run": dry_run, "hold": None})
    assert said in capsys.readouterr().out
