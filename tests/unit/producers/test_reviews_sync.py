import pytest

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import silence
from owlpost.producers.reviews_sync import Review, announce
from owlpost.producers.silence import Silence
from tests.support.facts import APP, OF_NO_TEAM, TEAM, number, review, reviews


def told(*found: Review) -> EnqueueRequest:
    request = announce(reviews(*found))
    assert request
    return request


def test_new_reviews_are_told_to_the_team_of_the_app_with_the_latest() -> None:
    request = told(review(2), review(1, rating=1))
    assert request.type == "app.review_new"
    assert request.recipients == ByTeam(team_id=TEAM)
    assert request.title == "2 new reviews on Pocket Atlas"
    assert request.body == "Latest: ★★★★☆ — The search is quick."
    assert request.link == f"/dashboard/reviews?app_id={APP.id}"
    assert request.data == {
        "app_id": str(APP.id),
        "app_name": "Pocket Atlas",
        "project_id": str(APP.project_id),
        "count": 2,
        "latest_review_id": str(number(202)),
        "latest_rating": 4,
        "latest_title": "Lovely maps",
    }
    assert request.idempotency_key == f"app.review_new:{APP.id}:{number(70)}"


def test_one_review_is_singular() -> None:
    assert told(review(1)).title == "1 new review on Pocket Atlas"


def test_an_app_without_reviews_before_without_new_ones_or_of_no_team_is_silent() -> None:
    assert announce(reviews(review(1), known_before=0)) == silence.FIRST_SYNC
    assert announce(reviews()) == Silence("no new reviews")
    assert announce(reviews(review(1), app=OF_NO_TEAM)) == silence.OF_NO_TEAM


def test_a_long_review_is_cut_at_a_hundred_and_forty() -> None:
    assert told(review(1, text="x" * 500)).body == f"Latest: ★★★★☆ — {'x' * 139}…"


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ({"text": " "}, "Latest: ★★★★☆ — Lovely maps"),
        ({"text": "", "title": "", "rating": 5}, "Latest: ★★★★★"),
        ({"text": "Great.\n\nReally.", "rating": 1}, "Latest: ★☆☆☆☆ — Great. Really."),
    ],
)
def test_a_review_without_text_shows_its_title_or_its_stars_alone(written: dict[str, object], body: str) -> None:
    assert told(review(1, **written)).body == body


def test_a_review_found_twice_counts_once_and_the_order_of_finding_does_not_matter() -> None:
    assert told(review(1), review(2), review(1)) == told(review(2), review(1))
