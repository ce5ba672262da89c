"""The brand on the laptop's own pages: the mailbox, the console and the preview."""

from base64 import b64encode

from functions.dashboard.mark import PICTURE, mark_of
from owlpost.domain.brand import Brand, tint

#: The papers of frame.css.
PAPER, DARK_PAPER = (255, 255, 255), (23, 25, 29)


def mark(brand: Brand) -> str:
    """Return the address of the picture that stands for the brand: its logo, or what is drawn for it, as a data URL."""
    return brand.logo or f"data:image/svg+xml;base64,{b64encode(mark_of(brand).encode()).decode()}"


def colours(brand: Brand) -> str:
    """Return a rule of CSS that makes the pages' accent that of the brand, "" where it has chosen no colour."""
    accent = brand.accent
    if accent is None:
        return ""
    tints = f"{tint(accent.light, PAPER)}, {tint(accent.dark, DARK_PAPER)}"
    return f":root {{ --accent: light-dark({accent.light}, {accent.dark}); --tint: light-dark({tints}); }}"


def owl_of_mails() -> str:
    """Return the owl that mails show, as a data URL."""
    return f"data:image/png;base64,{b64encode(PICTURE.read_bytes()).decode()}"
