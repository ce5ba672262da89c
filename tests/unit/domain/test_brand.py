"""A host's own name, colour and logo; whatever the colour, it can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.brand import BLACK, DARK_GROUND, OF_MAILS, OWL, READABLE, WHITE, Brand, contrast
from owlpost.domain.errors import Misconfigured

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def test_without_settings_it_is_the_owls() -> None:
    assert Brand.of({}) == Brand.of({"BRAND_NAME": " ", "BRAND_LOGO": ""}) == OWL
    assert (OWL.name, OWL.mails, OWL.accent) == ("Owlmetry", OF_MAILS, None)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast(parts("#767676"), WHITE) == pytest.approx(4.54, abs=0.01)


@given(colours)
def test_any_colour_can_be_read_on_light_on_dark_and_under_white_words(colour: str) -> None:
    accent = Brand.of({"BRAND_COLOUR": colour}).mails
    assert contrast(parts(accent.light), WHITE) >= READABLE
    assert contrast(parts(accent.dark), DARK_GROUND) >= READABLE
    assert contrast(parts(accent.button), WHITE) >= READABLE


def test_a_colour_that_can_be_read_is_left_as_it_is() -> None:
    assert Brand.of({"BRAND_COLOUR": "#0B5E2A"}).mails.light == "#0b5e2a"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRAND_COLOUR", "red"),
        ("BRAND_COLOUR", "#fff"),
        ("BRAND_COLOUR", "#3547c8;}"),
        ("BRAND_LOGO", "http://cdn.example/logo.png"),
        ("BRAND_LOGO", "https://cdn.example/logo.png; script-src *"),
        ("BRAND_LOGO", "https://cdn.example/logo.png?size=2"),
        ("BRAND_LOGO", "logo.png"),
        ("BRAND_NAME", "x" * 61),
        ("BRAND_NAME", "Two\nlines"),
        ("BRAND_NAME", "{brand}"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_name_of_the_variable(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=rf"^{name}: must be"):
        Brand.of({name: value})
