import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from owlpost.domain.requests import ByTeam
from owlpost.producers import silence
from owlpost.producers.ratings_sync import announce
from owlpost.producers.silence import Silence
from tests.support.facts import APP, OF_NO_TEAM, TEAM, number, ratings

NOT_GROWN = Silence("the count did not grow")
STOREFRONTS = st.dictionaries(st.sampled_from(["us", "de", "jp", "fr"]), st.integers(0, 10**6))


def test_growth_is_told_to_the_team_of_the_app() -> None:
    request = announce(ratings({"us": 100, "de": 15}, {"us": 104, "de": 16}, average_rating=4.52))
    assert request
    assert request.type == "app.rating_changed"
    assert request.recipients == ByTeam(team_id=TEAM)
    assert request.title == "5 new ratings on Pocket Atlas"
    assert request.body == "Average is now 4.52★ across 120 ratings."
    assert request.link == f"/dashboard/projects/{APP.project_id}"
    assert request.data == {
        "app_id": str(APP.id),
        "app_name": "Pocket Atlas",
        "project_id": str(APP.project_id),
        "old_count": 115,
        "new_count": 120,
        "delta": 5,
        "average_rating": 4.52,
    }
    assert request.idempotency_key == f"app.rating_changed:{APP.id}:{number(60)}"


def test_without_an_average_the_count_is_told() -> None:
    request = announce(ratings({"us": 1_199}, {"us": 1_200}))
    assert request
    assert (request.title, request.body) == ("1 new rating on Pocket Atlas", "Now at 1,200 ratings.")


def test_the_very_first_ratings_are_told_where_there_were_none_before() -> None:
    request = announce(ratings({"us": 0}, {"us": 1}, average_rating=5))
    assert request
    assert (request.title, request.body) == ("1 new rating on Pocket Atlas", "Average is now 5.00★ across 1 rating.")


@pytest.mark.parametrize(
    ("before", "after", "silent"),
    [
        (None, {"us": 120}, silence.FIRST_SYNC),
        (None, {}, silence.FIRST_SYNC),
        ({"us": 120}, {"us": 120}, NOT_GROWN),
        ({"us": 120}, {"us": 119}, NOT_GROWN),
        ({}, {"us": 5}, NOT_GROWN),
    ],
)
def test_first_syncs_and_counts_that_did_not_grow_are_silent(
    before: dict[str, int] | None, after: dict[str, int], silent: Silence
) -> None:
    assert announce(ratings(before, after)) == silent


def test_an_app_of_no_team_is_silent() -> None:
    assert announce(ratings({"us": 1}, {"us": 2}, app=OF_NO_TEAM)) == silence.OF_NO_TEAM


def test_a_storefront_missing_for_a_day_takes_nothing_away_and_brings_nothing_back() -> None:
    assert announce(ratings({"us": 5_000, "de": 10}, {"de": 10})) == NOT_GROWN
    assert announce(ratings({"de": 10}, {"us": 5_000, "de": 10})) == NOT_GROWN


def test_growth_elsewhere_is_told_while_a_storefront_is_missing() -> None:
    request = announce(ratings({"us": 5_000, "de": 10}, {"de": 12}))
    assert request
    assert (request.title, request.body) == ("2 new ratings on Pocket Atlas", "Now at 5,012 ratings.")


def test_what_grew_elsewhere_is_all_that_is_told_when_a_storefront_is_back() -> None:
    request = announce(ratings({"de": 10}, {"us": 5_000, "de": 12}))
    assert request
    assert (request.title, request.body) == ("2 new ratings on Pocket Atlas", "Now at 5,012 ratings.")


@given(STOREFRONTS, STOREFRONTS)
def test_only_storefronts_known_on_both_sides_make_news(before: dict[str, int], after: dict[str, int]) -> None:
    grown = sum(after[each] - before[each] for each in before.keys() & after.keys())
    request = announce(ratings(before, after))
    assert (request.data or {})["delta"] == grown if request else grown <= 0


@pytest.mark.parametrize("average", [float("nan"), float("inf"), -1, 6])
def test_an_average_that_is_none_is_refused(average: float) -> None:
    with pytest.raises(ValidationError, match="average_rating"):
        ratings({}, {}, average_rating=average)
