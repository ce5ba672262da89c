"""The brand, for the function of the pages: it has no other setting, and does not wait for the models of those."""

import os
from functools import cache

from owlpost.domain.brand import Brand


@cache
def brand() -> Brand:
    """Return the brand of this installation. Raises Misconfigured naming the variable at fault."""
    return Brand.of(os.environ)
