"""Whose product people see: the name, the colour and the logo of pages and mails, from BRAND_NAME, BRAND_COLOUR and BRAND_LOGO.

A colour of a host may be any: it is made darker on a light ground and lighter on a dark one until it can be read there.
"""

import re
from collections.abc import Mapping
from typing import Self

from owlpost.domain import links
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass

NAME = "Owlmetry"
LONGEST_NAME = 60
#: Where the pages' function serves the owl as a PNG: no large mail program shows an SVG. Mails are kept, so it stays there.
OWL_PICTURE = "/assets/owl.png"
#: Contrast of text (WCAG 2.2, 1.4.3).
READABLE = 4.5
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
#: The grounds on which the accent of a page or a mail stands in dark colours, the lightest of them.
DARK_GROUND = (45, 46, 57)
#: The tint of a page behind a chosen link, as parts of the accent in the paper.
TINT = 0.1
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 100

RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Accent:
    """The colour as text, on a light and on a dark ground; `button` is behind white text on a dark one."""

    light: str
    dark: str
    button: str


#: The colours of mails, as they were chosen by eye.
OF_MAILS = Accent("#3547c8", "#a3b0ff", "#5566ea")


@dataclass(frozen=True, slots=True)
class Brand:
    """`logo` is the https address of a picture, None for the owl; `colour` is None for the colours of the owl."""

    name: str = NAME
    colour: str | None = None
    logo: str | None = None

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """Return the brand that the variables set. Raises Misconfigured naming the one at fault."""
        given = {name: variables.get(f"BRAND_{name.upper()}", "").strip() for name in ("name", "colour", "logo")}
        for name, check in (("name", check_name), ("colour", check_colour), ("logo", check_logo)):
            try:
                given[name] = check(given[name]) if given[name] else ""
            except ValueError as error:
                raise Misconfigured(f"BRAND_{name.upper()}: {error}") from None
        return cls(given["name"] or NAME, given["colour"] or None, given["logo"] or None)

    @property
    def is_owl(self) -> bool:
        """Whether the product is ours, so that an owl stands for it where there is no logo."""
        return self.name == NAME

    @property
    def initial(self) -> str:
        """The first letter or figure of the name, which stands for a host without a logo; "" if there is none."""
        return next((each.upper() for each in self.name if each.isalnum()), "")

    def picture(self, web_url: str) -> str | None:
        """Return the address of the picture that mails show; None for a host without a logo, for which its initial stands."""
        return self.logo or (web_url + OWL_PICTURE if self.is_owl else None)

    @property
    def mails(self) -> Accent:
        """The colours of mails."""
        return self.accent or OF_MAILS

    @property
    def accent(self) -> Accent | None:
        """The host's colour where it can be read; None if it has chosen none."""
        if self.colour is None:
            return None
        colour = _parts(self.colour)
        light = readable(colour, on=WHITE)
        return Accent(light=_hex(light), dark=_hex(readable(colour, on=DARK_GROUND)), button=_hex(light))


#: Our own, where a host has set nothing.
OWL = Brand()


def check_name(name: str) -> str:
    """Return the name. Raises ValueError if it is too long, or no text on one line."""
    if len(name) > LONGEST_NAME or not name.isprintable() or any(each in name for each in "{}<>"):
        raise ValueError(f"must be at most {LONGEST_NAME} characters on one line, without braces and angle brackets")
    return name


def check_colour(colour: str) -> str:
    """Return the colour. Raises ValueError if it is not written as `#3547c8`."""
    if not _COLOUR.fullmatch(colour):
        raise ValueError("must be a colour such as #3547c8")
    return colour.lower()


def check_logo(logo: str) -> str:
    """Return the address. Raises ValueError if it is not https, or could end a policy of a page's content."""
    if not logo.startswith("https://") or not links.is_followable(logo) or any(each in logo for each in " ;,'\"<>?#"):
        raise ValueError("must be the https address of a picture, without a query")
    return logo


def readable(colour: RGB, *, on: RGB) -> RGB:
    """Return the colour, mixed with as little black or white as makes it readable on this ground."""
    end = BLACK if _luminance(on) > 0.2 else WHITE
    mixed = (_mixed(colour, end, step / _STEPS) for step in range(_STEPS + 1))
    return next(each for each in mixed if contrast(each, on) >= READABLE)


def contrast(one: RGB, other: RGB) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, contrast ratio): from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def tint(colour: str, ground: RGB) -> str:
    """Return the ground with a little of the colour in it."""
    return _hex(_mixed(ground, _parts(colour), TINT))


def _luminance(colour: RGB) -> float:
    """WCAG 2.2, relative luminance."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(colour: RGB, other: RGB, part: float) -> RGB:
    red, green, blue = (round(one + (two - one) * part) for one, two in zip(colour, other, strict=True))
    return red, green, blue


def _parts(colour: str) -> RGB:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
