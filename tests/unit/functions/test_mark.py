"""A host without a logo has the first letter of its name on its pages, and no owl."""

import pytest

from functions.dashboard.mark import STATIC, mark_of
from owlpost.domain.brand import OF_MAILS, OWL, Brand


@pytest.mark.parametrize(
    ("name", "letter"), [("falcon & Co", "F"), ("<- Arrow", "A"), ("4 Seasons", "4"), ("Österreich", "Ö"), ("…", "")]
)
def test_a_host_is_its_first_letter(name: str, letter: str) -> None:
    drawn = mark_of(Brand(name))
    assert f'fill="#fff">{letter}</text>' in drawn
    assert f'fill="{OF_MAILS.light}"' in drawn


def test_it_stands_on_the_hosts_colour_made_dark_enough_for_white() -> None:
    brand = Brand("Falcon", colour="#ffd200")
    assert brand.accent
    assert f'fill="{brand.accent.light}"' in mark_of(brand)


def test_we_are_an_owl() -> None:
    assert mark_of(OWL) == (STATIC / "mark.svg").read_text(encoding="utf-8")
    assert "<text" not in mark_of(OWL)
