"""A laptop and its database for the tests of a module or a session: what their fixtures yield from."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from infra.local.laptop.given import Given
from infra.local.laptop.laptop import Laptop
from owlpost.db.session import Database
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from tests.support.optional_channels import switched_on
from tests.support.receiving import KEYS, WEB_PUSH_SECRET


def running(folders: pytest.TempPathFactory, given: Given | None = None) -> Iterator[Laptop]:
    """Yield a laptop in a folder of its own; it stops afterwards."""
    with Laptop(folders.mktemp("laptop"), given=given) as laptop:
        yield laptop


@contextmanager
def every_channel(folder: Path) -> Iterator[Laptop]:
    """Have a laptop with all the channels that we ship, with the secrets of the tests."""
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700, parents=True)
    (secrets / "DESTINATION_KEYS").write_text(KEYS[0], encoding="utf-8")
    (secrets / "WEB_PUSH_SECRET").write_text(WEB_PUSH_SECRET, encoding="utf-8")
    given = Given({"CHANNELS": ",".join(OPTIONAL_CHANNELS)})
    with switched_on(*OPTIONAL_CHANNELS), Laptop(folder, given=given) as laptop:
        yield laptop


def stored_by(laptop: Laptop) -> Iterator[Database]:
    """Yield the laptop's database; its connections close afterwards."""
    with closing(laptop.database()) as database:
        yield database
