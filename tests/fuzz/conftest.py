"""One laptop for the fuzzers of its edges, wired parts for the others, and a bound in time: `SECONDS` in the environment."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local.laptop.laptop import Laptop
from owlpost.db.session import Database
from tests.fuzz.crowd import Crowd
from tests.fuzz.honest import requests_to
from tests.integration.conftest import clock, database, database_name, postgres, programs, queues, shared_database
from tests.support.laptops import running, stored_by
from tests.support.people import add_person, add_team

#: Fixtures that the fuzzers use or that those need.
SHARED = (clock, database, database_name, postgres, programs, queues, shared_database)

#: For all fuzzers together.
SECONDS = float(os.environ.get("SECONDS") or 60)
#: Of which each test of a module has so many twelfths. schemathesis, in test_http, shares its own among all operations.
TWELFTHS = {
    "test_api": 3.0,
    "test_edges": 2.0,
    "test_http": 2.0,
    "test_invoke": 1.0,
    "test_operate": 0.5,
    "test_requests": 1.0,
    "test_sqs": 1.0,
    "test_workers": 0.5,
}
HTTP_SECONDS = SECONDS * TWELFTHS["test_http"] / 12
#: Inputs that each fuzzer tries however little time there is.
FEWEST = 5
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))


@dataclass
class Budget:
    """Time for one fuzzer, and the chance by which it mutates: the same seed makes the same inputs."""

    seconds: float
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 (inputs, no secrets)
    began: float = field(default_factory=time.monotonic)
    tried: int = 0

    def is_left(self) -> bool:
        """Return whether there is time; on a busy machine the first inputs are tried all the same."""
        return self.tried < FEWEST or time.monotonic() - self.began < self.seconds

    def named(self, payload: str) -> str:
        """Say which input it is, for an assertion that failed."""
        after = f"seed {SEED}, input {self.tried} after {time.monotonic() - self.began:.1f} s"
        return f"{after}: {payload[:2_000]!r} ({len(payload)} characters)"


#: How many inputs each fuzzer has tried.
TRIED: dict[str, int] = {}


@pytest.fixture
def budget(request: pytest.FixtureRequest) -> Iterator[Budget]:
    module = request.module.__name__.rpartition(".")[2]
    budget = Budget(SECONDS * TWELFTHS[module] / 12)
    yield budget
    TRIED[request.node.name] = budget.tried


@pytest.fixture(scope="session")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """All of Owlpost on ports of its own. Its functions are processes with a limit of memory and of time, as at Lambda."""
    yield from running(tmp_path_factory)


@pytest.fixture(scope="session")
def stored(laptop: Laptop) -> Iterator[Database]:
    """The laptop's database."""
    yield from stored_by(laptop)


@pytest.fixture(scope="session")
def crowd(laptop: Laptop, stored: Database) -> Crowd:
    tokens, links = (
        (laptop.data_dir / "secrets" / name).read_text(encoding="utf-8") for name in ("JWT_KEYS", "UNSUBSCRIBE_KEYS")
    )
    return Crowd(stored, tokens, links)


@pytest.fixture(scope="session")
def statuses() -> Counter[int]:
    """How often the HTTP API has given which status."""
    return Counter()


@pytest.fixture(scope="session")
def honest(stored: Database) -> list[dict[str, Any]]:
    """Requests that the laptop takes, one of each kind."""
    team = add_team(stored, members=2)
    with stored.transaction() as connection:
        return requests_to(str(add_person(connection).id), str(team))


def pytest_report_header() -> str:
    return f"fuzz seed: {SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was tried: on a busy machine it is little."""
    for name, tried in TRIED.items():
        terminalreporter.write_line(f"{tried:7,} inputs: {name}")
