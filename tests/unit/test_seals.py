"""What is sealed opens with the right key, in the right row, unchanged, or not at all."""

from uuid import uuid4

import pytest

from owlpost.seals import CannotOpen, Seals

NEW, OLD = "a new key of thirty-two characters", "an old key of thirty-two characters"
CONTENT = {"url": "https://hooks.example.com/x", "secret": "whsec_x"}


def test_what_is_sealed_shows_nothing_and_opens_again() -> None:
    id_ = uuid4()
    sealed = Seals([NEW]).seal(id_, CONTENT)
    assert "hooks" not in sealed
    assert Seals([NEW]).open(id_, sealed) == CONTENT


def test_two_seals_of_the_same_differ() -> None:
    id_ = uuid4()
    assert Seals([NEW]).seal(id_, CONTENT) != Seals([NEW]).seal(id_, CONTENT)


def test_an_older_key_still_opens_and_the_newest_seals() -> None:
    id_ = uuid4()
    sealed = Seals([OLD]).seal(id_, CONTENT)
    assert Seals([NEW, OLD]).open(id_, sealed) == CONTENT
    with pytest.raises(CannotOpen):
        Seals([OLD]).open(id_, Seals([NEW, OLD]).seal(id_, CONTENT))


def test_a_seal_opens_in_no_other_row() -> None:
    sealed = Seals([NEW]).seal(uuid4(), CONTENT)
    with pytest.raises(CannotOpen):
        Seals([NEW]).open(uuid4(), sealed)


@pytest.mark.parametrize("place", [5, 12, 20, -2])
def test_a_damaged_seal_does_not_open(place: int) -> None:
    id_ = uuid4()
    sealed = Seals([NEW]).seal(id_, CONTENT)
    damaged = list(sealed)
    damaged[place] = "A" if damaged[place] != "A" else "B"
    with pytest.raises(CannotOpen):
        Seals([NEW]).open(id_, "".join(damaged))


@pytest.mark.parametrize("text", ["", "1", "1.", "2.x.y", "1.00000000.AAAA", "nonsense"])
def test_what_is_no_seal_does_not_open(text: str) -> None:
    with pytest.raises(CannotOpen):
        Seals([NEW]).open(uuid4(), text)


def test_a_fingerprint_knows_an_address_again_under_each_key_and_tells_nothing_without_one() -> None:
    [of_old] = Seals([OLD]).fingerprints("https://hooks.example.com/x")
    assert of_old in Seals([NEW, OLD]).fingerprints("https://hooks.example.com/x")
    assert of_old not in Seals([NEW]).fingerprints("https://hooks.example.com/x")
