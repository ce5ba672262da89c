"""Facts over the wire: named, checked, and put into words by the same producers as in Python."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from infra.local.laptop.facts import FACTS, NAMES
from owlpost.domain.errors import InvalidRequest
from owlpost.producers import happenings, ratings_sync, silence
from owlpost.producers.happenings import HAPPENINGS, Announcement, Happened
from tests.support.facts import ratings

GREW = {"us": 1}, {"us": 3}


def happened(name: str, fact: dict[str, Any], **more: Any) -> Announcement:
    return happenings.announce(Happened.from_json({"happened": name, "fact": fact, **more}))


def example(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def on_the_wire(fact: BaseModel) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(fact.model_dump_json())
    return written


def test_a_fact_becomes_the_request_that_its_producer_writes_in_python() -> None:
    fact = ratings(*GREW)
    [request] = happened("ratings_synced", on_the_wire(fact)).requests
    assert request == ratings_sync.announce(fact)


def test_the_request_bears_the_name_of_who_sent_the_fact() -> None:
    [request] = happened("ratings_synced", on_the_wire(ratings(*GREW)), producer="nightly").requests
    assert request.producer == "nightly"


def test_a_silent_fact_says_why() -> None:
    announcement = happened("ratings_synced", on_the_wire(ratings(None, {"us": 3})))
    assert announcement == Announcement(silence=silence.FIRST_SYNC)
    nobody = happened("issue_scan_finished", {"scan_id": example("issue_scan")["fact"]["scan_id"], "issues": []})
    assert nobody.silence is not None


@pytest.mark.parametrize("name", NAMES)
def test_each_example_is_a_fact_that_can_be_sent_as_it_is(name: str) -> None:
    content = example(name)
    assert happened(content["happened"], content["fact"]).requests


@pytest.mark.parametrize("name", HAPPENINGS)
def test_each_happening_has_a_model_and_a_producer(name: str) -> None:
    assert happenings.model(name).model_json_schema()["properties"]
    with pytest.raises(InvalidRequest) as refused:
        happened(name, {})
    assert refused.value.field.startswith("fact.")


def changed(name: str, path: str, value: object) -> dict[str, Any]:
    """The example with the member at this path changed."""
    content = example(name)
    *above, last = path.split(".")
    place: Any = content["fact"]
    for step in above:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return content


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"happened": "ratings_sync", "fact": {}}, "happened"),
        ({"happened": 7, "fact": {}}, "happened"),
        ({"happened": "ratings_synced"}, "fact"),
        ({"happened": "ratings_synced", "fact": []}, "fact"),
        ({"happened": "ratings_synced", "fact": {}, "idempotency_key": "mine"}, "idempotency_key"),
        ({"happened": "ratings_synced", "fact": {}, "producer": "a b"}, "producer"),
        (changed("ratings_sync", "app.id", "no id"), "fact.app.id"),
        (changed("ratings_sync", "surprise", 1), "fact.surprise"),
        (changed("reviews_sync", "reviews.0.rating", 6), "fact.reviews.0.rating"),
        (changed("questionnaire", "answers.0.surprise", 1), "fact.answers.0.surprise"),
    ],
)
def test_a_bad_fact_names_its_field(content: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        happenings.announce(Happened.from_json(content))
    assert refused.value.field == field


def test_an_unknown_happening_is_told_what_was_meant() -> None:
    with pytest.raises(InvalidRequest, match="did you mean ratings_synced"):
        Happened.from_json({"happened": "rating_synced", "fact": {}})


def test_texts_that_postgres_cannot_store_are_cleaned_and_refuse_no_fact() -> None:
    content = changed("feedback", "message", "It crashed: \0 \ud800 here")
    [request] = happened(content["happened"], content["fact"]).requests
    assert request.body
    assert "\0" not in request.body
    assert "\ud800" not in request.body


def test_a_fact_is_as_bounded_as_a_request() -> None:
    deep: Any = "bottom"
    for _ in range(70):
        deep = [deep]
    with pytest.raises(InvalidRequest, match="nested deeper"):
        Happened.from_json({"happened": "job_finished", "fact": {"result": deep}})
