"""The parts of the integration tests, and a bound in time: `SECONDS` in the environment, shared by the fuzzers."""

import os
import random
import time
from dataclasses import dataclass, field

import pytest

from tests.integration.api.conftest import ada, inbox, postman, sandbox, team
from tests.integration.conftest import clock, database, database_name, postgres, queues, shared_database

#: Fixtures that the fuzzers use or that those need.
SHARED = (ada, clock, database, database_name, inbox, postgres, postman, queues, sandbox, shared_database, team)

#: For all fuzzers together.
SECONDS = float(os.environ.get("SECONDS") or 60)
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))


@dataclass
class Budget:
    """Time for one fuzzer, and the chance by which it mutates: the same seed makes the same inputs."""

    seconds: float
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 (inputs, no secrets)
    began: float = field(default_factory=time.monotonic)
    tried: int = 0

    def is_left(self) -> bool:
        return time.monotonic() - self.began < self.seconds


@pytest.fixture
def budget() -> Budget:
    return Budget(SECONDS / 3)


def pytest_report_header() -> str:
    return f"fuzz seed: {SEED}"
