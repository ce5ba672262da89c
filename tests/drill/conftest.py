"""One laptop for all drills, empty at the beginning of each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.laptop.laptop import Laptop
from infra.topology.model import Topology
from infra.topology.plan import topology
from tests.drill import bad_release
from tests.drill.operator import Operator
from tests.support.clock import RUNNING_AHEAD, shadow_clock
from tests.support.emptying import empty


def _plan(templates: Path) -> Topology:
    plan = topology()
    entry = f"{bad_release.__name__}.handler"
    functions = tuple(
        replace(each, entry=entry, environment={**each.environment, bad_release.FOLDER: str(templates)})
        if each.name == "deliver-email"
        else each
        for each in plan.functions
    )
    return replace(plan, functions=functions, schedules=())  # a drill shifts times, and sweeps itself


@pytest.fixture(scope="session")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    folder = tmp_path_factory.mktemp("drill")
    (folder / "templates").mkdir()
    with Laptop(folder / "data", plan=_plan(folder / "templates")) as laptop:
        with laptop.postgres.connect("owlpost") as connection:
            connection.run(RUNNING_AHEAD)
        shadow_clock(laptop.postgres, "owlpost")
        yield laptop


@pytest.fixture
def operator(laptop: Laptop) -> Iterator[Operator]:
    database = laptop.database()
    operator = Operator(laptop, database, laptop.data_dir.parent / "templates")
    _begin_anew(operator)
    yield operator
    _begin_anew(operator)
    database.close()


def _begin_anew(operator: Operator) -> None:
    operator.mend_providers()
    for file in operator.templates.iterdir():
        file.unlink()
    engine = operator.laptop.engine
    with engine.sandboxes.all_asleep():
        client = engine.emulator.client()
        for url in engine.queue_urls.values():
            client.purge_queue(QueueUrl=url)
        empty(operator.laptop.postgres, "owlpost")
        with operator.laptop.postgres.connect("owlpost") as connection:
            connection.run("delete from testing.ahead")
