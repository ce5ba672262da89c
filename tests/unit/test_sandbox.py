"""A sandbox builds each part once, closes what it built, and is forgotten when it ends."""

import gc
from collections.abc import Iterator

import pytest

from owlpost import garbage
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


@pytest.fixture
def starting() -> Iterator[None]:
    before = gc.get_threshold()
    garbage.starting()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("starting")
def test_garbage_is_seldom_looked_for_until_the_first_whole_part_is_built_and_as_ever_then(sandbox: Sandbox) -> None:
    seen = []

    @once
    def inner() -> object:
        return object()

    @once
    def outer() -> object:
        part = inner()
        seen.append(gc.get_threshold()[0])
        return part

    with sandbox:
        outer()
    assert seen == [garbage.WHILE_STARTING]
    assert gc.get_threshold() == garbage.ORDINARY
    assert gc.get_freeze_count()


@pytest.mark.usefixtures("starting")
def test_a_part_that_cannot_be_built_ends_the_start_too(sandbox: Sandbox) -> None:
    @once
    def broken() -> object:
        raise ValueError

    with sandbox, pytest.raises(ValueError):  # noqa: PT011 (the one above)
        broken()
    assert gc.get_threshold() == garbage.ORDINARY
