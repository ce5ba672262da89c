"""Work is in proportion to the input: no body of 64 KiB costs much, whatever shape it has and wherever it is at fault."""

import gc
import json
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given, settings

from functions.api.request_body import read_object
from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.requests import Cancellation, EnqueueRequest
from tests.support.json_shapes import LARGEST, texts

MOST_BYTES = 20 * 1024 * 1024
MOST_SECONDS = 0.05
#: The same bound in units of this machine: as often as an ordinary body of that size is read and written.
MOST_ROUNDS = 50
#: What was found by hand: a long key over a long array.
LONG_KEY = '{"' + "k" * 32_000 + '":[' + ",".join("0" * 16_000) + "]}"


def take(text: str) -> None:
    """What enqueue does with a body before it looks at the database."""
    with suppress(InvalidRequest):
        body = json_values.parse(text)
        if kind_of(body) is MessageKind.CANCELLATION:
            Cancellation.from_json(body)
        elif kind_of(body) is MessageKind.REQUEST:
            EnqueueRequest.from_json(body)
            json_values.fingerprint(body)


def take_by_http(text: str) -> None:
    with suppress(InvalidRequest):
        read_object(text)


def peak(work: Callable[[str], None], text: str) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        work(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def seconds(work: Callable[[str], object], text: str, tries: int = 3) -> float:
    """CPU, not time that passes: the least of several tries."""
    taken = []
    for _ in range(tries):
        started = time.process_time()
        work(text)
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.fixture(scope="module")
def most_seconds() -> float:
    plain = json.dumps([{"id": number, "title": "New feedback in Pocket Atlas"} for number in range(1_200)])
    assert LARGEST * 0.9 < len(plain) < LARGEST * 1.1
    floor = seconds(lambda text: json.dumps(json.loads(text)), plain, tries=20)
    return max(MOST_SECONDS, MOST_ROUNDS * floor)


@pytest.mark.takes_long("measures each body with tracemalloc, which makes Python some five times slower")
@pytest.mark.parametrize("work", [take, take_by_http])
@settings(deadline=None, max_examples=12)  # `make fuzz` tries thousands
@given(text=texts)
@example(text=LONG_KEY)
def test_no_body_of_64_kib_costs_more_than_50_ms_or_20_mib(
    work: Callable[[str], None], text: str, most_seconds: float
) -> None:
    assert len(text.encode()) <= LARGEST
    assert peak(work, text) < MOST_BYTES
    assert seconds(work, text, tries=1) < most_seconds or seconds(work, text) < most_seconds
