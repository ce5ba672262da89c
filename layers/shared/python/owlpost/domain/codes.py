"""Verification codes as people type or paste them."""

import unicodedata


def normal_code(text: str) -> str:
    """Return the code in ASCII digits, without white space, hyphens and invisible characters."""
    folded = unicodedata.normalize("NFKC", text[:100])
    return "".join(character for character in folded if unicodedata.category(character) not in _LEFT_OUT)


#: Separators, controls, format characters (zero-width, bidirectional) and dashes.
_LEFT_OUT = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Pd"})
