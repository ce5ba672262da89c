import pytest

from owlpost.domain import locales
from owlpost.domain.preferences_patch import merge


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("de", "de"),
        ("DE-at", "de-AT"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de_AT", None),
        ("*", None),
        ("", None),
        ("deutsch", None),
        (7, None),
        (None, None),
    ],
)
def test_a_tag_is_written_as_rfc_5646_writes_it(tag: object, written: str | None) -> None:
    assert locales.normal(tag) == written


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
        ("fr,de;q=0.5", "de"),
        ("en-US,en;q=0.9,de;q=0.8", None),
        ("en;q=0.1, de;q=0.7", "de"),
        ("de;q=0", None),
        ("de;q=nonsense", None),
        ("*", None),
        ("", None),
    ],
)
def test_a_browser_is_answered_in_the_first_language_that_there_are_words_for(header: str, spoken: str | None) -> None:
    assert locales.spoken(header) == spoken


@pytest.mark.parametrize(
    ("stored", "patch", "merged"),
    [
        ({}, {"locale": "de-at"}, {"locale": "de-AT"}),
        ({"locale": "de", "host": 1}, {"locale": None}, {"host": 1}),
        ({"locale": "de"}, {"locale": "nonsense!"}, {"locale": "de"}),
        ({"locale": "de"}, {}, {"locale": "de"}),
    ],
)
def test_a_person_chooses_a_language_by_their_preferences(
    stored: dict[str, object], patch: dict[str, object], merged: dict[str, object]
) -> None:
    assert merge(stored, patch) == merged
