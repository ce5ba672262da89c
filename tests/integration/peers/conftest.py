"""Fake providers that keep what reached them, and fail a test in which they said what their provider would not say."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias

import pytest

from infra.local.providers.exchange import Request
from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from tests.support.catalogue_check import honest_providers


@dataclass(frozen=True)
class Overheard:
    """Running fakes, and every request that has reached them."""

    providers: Providers
    requests: list[Request]

    def suffers(self, provider: str, kind: str, **how: object) -> None:
        self.providers.faults.add(Fault.model_validate({"provider": provider, "fault": kind, **how}))


Start: TypeAlias = Callable[[], Overheard]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start fakes with accounts of their own: Apple takes two tokens of one key only twenty minutes apart."""
    number = count()
    with ExitStack() as stack:

        def started() -> Overheard:
            requests: list[Request] = []
            options = Options(resend_rate=None, observe=lambda _, request, __: requests.append(request))
            providers = stack.enter_context(honest_providers(tmp_path / str(next(number)), options))
            return Overheard(providers, requests)

        yield started


@pytest.fixture
def overheard(start: Start) -> Overheard:
    return start()
