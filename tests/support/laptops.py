"""A laptop and its database for the tests of a module or a session: what their fixtures yield from."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from infra.local.laptop.given import Given
from infra.local.laptop.laptop import Laptop
from owlpost.db.session import Database


def running(folders: pytest.TempPathFactory, given: Given | None = None) -> Iterator[Laptop]:
    """Yield a laptop in a folder of its own; it stops afterwards."""
    with Laptop(folders.mktemp("laptop"), given=given) as laptop:
        yield laptop


def stored_by(laptop: Laptop) -> Iterator[Database]:
    """Yield the laptop's database; its connections close afterwards."""
    with closing(laptop.database()) as database:
        yield database
