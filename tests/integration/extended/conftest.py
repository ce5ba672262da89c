from collections.abc import Iterator

import pytest

from tests.integration.extended.listener import Listening, listen


@pytest.fixture
def listening() -> Iterator[Listening]:
    with listen() as listening:
        yield listening
