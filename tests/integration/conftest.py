"""Real parts: a real Postgres with the real migrations, a database for each test; SQS by moto, in this process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from infra.local.postgres.server import Postgres, throwaway_postgres
from infra.topology.canary import whole
from infra.topology.model import physical_name
from infra.topology.plan import topology
from owlpost.db.migrate import migrate
from owlpost.db.roles import ensure_roles
from owlpost.db.session import Database, DatabaseAddress
from owlpost.queue import Queues
from owlpost.queue_calls import QuickBatches
from tests.support.clock import SHADOW, FakeClock, StageClock, shadow_clock
from tests.support.emptying import empty
from tests.support.stage import Stage
from tests.support.wired import Wired, role_of


def _database(postgres: Postgres, name: str) -> Database:
    return Database.at(DatabaseAddress(host=postgres.host, port=postgres.port, name=name, user=postgres.user))


@pytest.fixture(scope="session")
def programs(pytestconfig: pytest.Config) -> Path | None:
    """The programs of the Postgres that `--postgres` names; None for that of the wheel. Raises UsageError if there is none."""
    installed: Path | None = pytestconfig.getoption("postgres")
    if installed is None or (installed / "initdb").exists():
        return installed
    if (installed / "bin" / "initdb").exists():
        return installed / "bin"
    raise pytest.UsageError(f"--postgres: there is no initdb in {installed} or its bin")


@pytest.fixture(scope="session")
def postgres(programs: Path | None) -> Iterator[Postgres]:
    with throwaway_postgres(programs) as server:
        server.create_database("template_owlpost")
        template = _database(server, "template_owlpost")
        migrate(template)
        ensure_roles(template, {role_of(zone): (zone,) for zone in whole().zones})
        template.close()
        with server.connect("template_owlpost") as connection:
            connection.run(SHADOW)
        yield server


@pytest.fixture(scope="session")
def shared_database(postgres: Postgres) -> str:
    postgres.create_database("shared", template="template_owlpost")
    shadow_clock(postgres, "shared")
    return "shared"


@pytest.fixture
def database_name(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[str]:
    """One that holds no rows: emptied for each test, which takes a millisecond, where a copy takes a hundred.

    A test that changes the schema is marked `own_database` and gets a copy.
    """
    if request.node.get_closest_marker("own_database"):
        name = f"test_{uuid4().hex}"
        postgres.create_database(name, template="template_owlpost")
        shadow_clock(postgres, name)
        yield name
        postgres.drop_database(name)
    else:
        name = request.getfixturevalue("shared_database")
        empty(postgres, name)
        yield name


@pytest.fixture
def database(postgres: Postgres, database_name: str) -> Iterator[Database]:
    database = _database(postgres, database_name)
    yield database
    database.close()


@pytest.fixture
def another_database(postgres: Postgres, database_name: str) -> Iterator[Database]:
    """The same database by a connection of its own: what a second worker has."""
    database = _database(postgres, database_name)
    yield database
    database.close()


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    """One for all tests: what botocore reads from disk for a session takes longer than most tests."""
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch, aws: boto3.Session) -> Iterator[Queues]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = aws.client("sqs")
        names = [name for queue in topology().queues for name in (queue.name, queue.dead_letter_name)]
        urls = {name: client.create_queue(QueueName=physical_name(name))["QueueUrl"] for name in names}
        yield Queues(lambda: client, urls, sending=QuickBatches)


@pytest.fixture
def wired(postgres: Postgres, database_name: str, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    """The functions' own composition root, on this test's database and queues."""
    wired = Wired(postgres, database_name, queues, monkeypatch)
    wired.as_function("enqueue")
    yield wired
    wired.end()


@pytest.fixture
def clock(postgres: Postgres, database_name: str) -> Iterator[StageClock]:
    """The time of the services and of the test's database: it stands still until it is moved."""
    with postgres.connect(database_name) as connection:
        clock = StageClock(datetime.now(UTC) - timedelta(days=1), connection)
        yield clock
        clock.release()


@pytest.fixture
def stage(database: Database, queues: Queues, clock: FakeClock) -> Stage:
    return Stage(database, queues, clock)
