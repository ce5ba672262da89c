"""A sandbox builds each part once, closes what it built, and is forgotten when it ends."""

from collections.abc import Iterator

import pytest

from owlpost.sandbox import Sandbox, current, once


class Connection:
    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


@once
def connection(name: str = "first") -> Connection:
    assert name
    return Connection()


@once
def text() -> str:
    return "a part that cannot be closed"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.usefixtures("sandbox")
def test_a_part_is_built_once_for_its_arguments() -> None:
    assert connection() is connection()
    assert connection(name="second") is connection(name="second")
    assert connection() is not connection(name="second")


def test_a_sandbox_starts_with_nothing_and_closes_what_it_built() -> None:
    with Sandbox():
        before = connection()
        assert text() == text()
        with Sandbox() as inner:
            assert current() is inner
            after = connection()
            assert after is not before
        assert (before.closed, after.closed) == (0, 1)
        assert connection() is before
    assert before.closed == 1


def test_a_provided_part_is_used_and_not_closed(sandbox: Sandbox) -> None:
    mine = Connection()
    sandbox.provide(connection, mine)
    assert connection() is mine
    sandbox.close()
    assert mine.closed == 0
