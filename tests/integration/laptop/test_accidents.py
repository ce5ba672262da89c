"""The demo leaves a failure of each kind behind: to be named by `owlpost now`, explained and sent again."""

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout

import pytest

from infra.cli.main import main
from infra.cli.target import laptop_client
from infra.local.laptop.accidents import ENDS, Accidents
from infra.local.laptop.demo import Demo
from infra.local.laptop.laptop import Laptop
from infra.local.postgres.postmaster import wait_until
from owlpost.client import NotificationClient
from tests.support.laptops import running

ENDED = 120


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    yield from running(tmp_path_factory)


@pytest.fixture(scope="module")
def demo(laptop: Laptop) -> Iterator[Demo]:
    """A demo after its accidents, without the two thousand others whom nothing happens to."""
    demo = Demo.on(laptop, NotificationClient.over_lambda(client=laptop_client(laptop.state())))
    demo.prepare()
    accidents = demo.accidents
    assert accidents is not None
    assert accidents.begin()
    assert all_ended(demo)
    accidents.go_on()
    assert all_ended(demo)
    yield demo
    demo.close()


def all_ended(demo: Demo) -> bool:
    return wait_until(lambda: not any(line.status == "pending" for line in demo.progress()), seconds=ENDED)


def accidents_of(demo: Demo) -> Accidents:
    assert demo.accidents is not None
    return demo.accidents


def owlpost(laptop: Laptop, *words: str) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stdout(said):
        code = main([*words, "--data-dir", str(laptop.data_dir)])
    return code, said.getvalue()


def test_a_failure_of_each_kind_stays_behind_and_none_that_is_not_meant(demo: Demo) -> None:
    assert accidents_of(demo).ends() == ENDS
    assert (demo.unexpected(), accidents_of(demo).unexpected()) == (0, 0)


def test_now_names_the_dead_letter_and_a_redrive_sends_what_was_refused(laptop: Laptop, demo: Demo) -> None:
    assert wait_until(
        lambda: re.search("dead letters? in requests-dlq", owlpost(laptop, "now")[1]) is not None, seconds=ENDED
    )
    code, said = owlpost(laptop, "redrive", "--channel", "email", "--error", "validation_error")
    assert code == 0
    assert "1 deliveries were sent again" in said
    sent = ("rita", "email", "sent", None)
    assert wait_until(lambda: sent in accidents_of(demo).ends(), seconds=ENDED)


def test_they_happen_once_on_a_data_folder(demo: Demo) -> None:
    before = accidents_of(demo).ends()
    assert not accidents_of(demo).begin()
    assert accidents_of(demo).ends() == before
