"""The mark on pages, tabs and home screens: the owl, or the first letter of a host's name where it has given no logo."""

from html import escape
from pathlib import Path

from owlpost.domain.brand import OF_MAILS, Brand

MARK = "mark.svg"
STATIC = Path(__file__).parent / "static"
#: Both are drawn from the SVG by `make owl`: on nothing, for mails and notifications, and on paper, for a Home Screen.
PICTURE, TOUCH = STATIC / "owl.png", STATIC / "touch.png"
_LETTER = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="16" fill="{ground}"/>
<text x="32" y="45" text-anchor="middle"
 font-family="system-ui, sans-serif" font-size="38" font-weight="700" fill="#fff">{letter}</text>
</svg>
"""


def mark_of(brand: Brand) -> str:
    """Return the SVG that stands for the brand. White on its ground can be read: see `Brand.accent`."""
    if brand.is_owl:
        return (STATIC / MARK).read_text(encoding="utf-8")
    ground = (brand.accent or OF_MAILS).light
    return _LETTER.format(ground=ground, letter=escape(brand.initial))
