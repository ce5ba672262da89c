"""What our producers say is said in each language, and is the same request however many there are."""

import pytest

from infra.local.preview.requests import request_of
from infra.local.preview.states import STATES
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.requests import EnqueueRequest
from owlpost.domain.types import configurable_types
from owlpost.services.enqueue.submission import Submission
from tests.support.documented import of_the_pages

ORDINARY = next(state for state in STATES if state.key == "ordinary")


@pytest.mark.parametrize("key", sorted({kind.key for kind in configurable_types()} - of_the_pages()))
def test_every_producer_says_it_in_german_as_well(key: str) -> None:
    request = request_of(key, ORDINARY)
    assert request.translations
    assert request.translations["de"].title != request.title


def body(**more: object) -> dict[str, object]:
    return {
        "type": "feedback.new",
        "recipients": {"user_ids": []},
        "title": "Hello",
        "idempotency_key": "one",
        **more,
    }


def test_a_translation_more_is_the_same_request() -> None:
    bare, told = (Submission.from_json(body(**more)) for more in ({}, {"translations": {"de": {"title": "Hallo"}}}))
    assert bare.fingerprint == told.fingerprint
    assert bare.fingerprint != Submission.from_json(body(body="more")).fingerprint


def test_a_tag_is_written_as_it_should_be() -> None:
    request = EnqueueRequest.from_json(body(translations={"DE-at": {"title": "Hallo", "body": " "}}))
    assert request.translated == {"de-AT": {"title": "Hallo"}}


@pytest.mark.parametrize(
    ("translations", "field"),
    [
        ({"german": {"title": "Hallo"}}, "translations"),
        ({"de": {"body": "Hallo"}}, "translations.de.title"),
        ({"de": {"title": " "}}, "translations.de.title"),
        ({"de": {"title": "Hallo", "link": "/x"}}, "translations.de.link"),
        (["de"], "translations"),
    ],
)
def test_a_bad_translation_is_refused_by_its_name(translations: object, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        EnqueueRequest.from_json(body(translations=translations))
    assert refused.value.field.startswith(field)
