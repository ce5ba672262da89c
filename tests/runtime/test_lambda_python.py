"""On the very Python that Lambda runs: the layers' bytecode, what each function imports, and one way through all of it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from infra.aws.bundles import LAMBDA
from infra.local.laptop.providers import ProviderProcess
from infra.local.postgres.postmaster import wait_until
from infra.local.postgres.server import Postgres, throwaway_postgres
from infra.local.runtime.engine import Engine
from infra.topology.model import Function
from infra.topology.plan import topology
from owlpost.db.session import Database, DatabaseAddress
from tests.integration.test_lean_imports import NOBODYS, UNUSED, modules_of
from tests.runtime.conftest import Runtime
from tests.support.people import add_person

#: The flags of bytecode that is trusted without a look at its source: PEP 552.
UNCHECKED_HASH = (0b01).to_bytes(4, "little")
ENDED = 90


def test_it_is_the_python_that_the_stack_names(runtime: Runtime) -> None:
    assert runtime.run("print('%d.%d' % sys.version_info[:2])").strip() == LAMBDA.python


def test_every_module_has_bytecode_that_this_python_takes_unchecked(runtime: Runtime) -> None:
    magic = bytes.fromhex(runtime.run("import importlib.util as u; print(u.MAGIC_NUMBER.hex())"))
    sources = [file for folder in runtime.path for file in folder.rglob("*.py")]
    assert len(sources) > 500
    tag = f"cpython-{LAMBDA.python.replace('.', '')}"
    heads = {file: _head(file.parent / "__pycache__" / f"{file.stem}.{tag}.pyc") for file in sources}
    assert set(heads.values()) == {magic + UNCHECKED_HASH}


def _head(bytecode: Path) -> bytes:
    return bytecode.read_bytes()[:8]


@pytest.mark.parametrize("function", topology().functions, ids=lambda function: function.name)
def test_a_function_imports_no_library_that_it_does_not_use(runtime: Runtime, function: Function) -> None:
    said = runtime.run(f"import json, {', '.join(modules_of(function))}; print(json.dumps([*sys.modules]))")
    assert set(json.loads(said)) & (NOBODYS | UNUSED[function.name]) == set()


@pytest.fixture
def server() -> Iterator[Postgres]:
    with throwaway_postgres() as server:
        server.create_database("runtime")
        yield server


@pytest.mark.takes_long("starts every function that a notification needs, each in a sandbox of its own")
def test_a_notification_is_enqueued_mailed_pushed_and_read_on_it(
    runtime: Runtime, server: Postgres, tmp_path: Path
) -> None:
    providers = ProviderProcess(tmp_path / "providers").start()
    shared = {
        "DATABASE_HOST": server.host,
        "DATABASE_PORT": str(server.port),
        "DATABASE_NAME": "runtime",
        "DATABASE_USER": server.user,
        "PYTHONPATH": os.pathsep.join(map(str, runtime.path)),
    }
    own = {**providers.settings(), "UNSUBSCRIBE_KEYS": "k" * 32, "JWT_KEYS": "k" * 32}
    database = Database.at(DatabaseAddress(host=server.host, port=server.port, name="runtime", user=server.user))
    try:
        with Engine(topology(), data_dir=tmp_path, database=shared, environment=own, python=runtime.python) as engine:
            engine.invoke("owlpost-migrate", {})
            with database.transaction() as connection:
                person = add_person(connection, device=uuid4().hex * 2)
            request = {"type": "feedback.new", "recipients": {"user_ids": [str(person.id)]}, "title": "On 3.13"}
            assert engine.invoke("owlpost-enqueue", request)["notifications"] == 1
            assert wait_until(lambda: "pending" not in ends(database), seconds=ENDED)
            command = {"command": "explain_person", "user": str(person.id), "type": "feedback.new"}
            assert engine.invoke("owlpost-operate", command)["user"]["id"] == str(person.id)
            assert engine.invoke("owlpost-audit", {})["balances"] is True
    finally:
        database.close()
        providers.stop()
    assert ends_of(tmp_path) == []


def ends(database: Database) -> list[str]:
    with database.transaction() as connection:
        return [row.status for row in connection.exec_driver_sql("select status from notification_deliveries")]


def ends_of(folder: Path) -> list[str]:
    return [
        line for log in (folder / "logs").glob("*.log") for line in log.read_text().splitlines() if "Traceback" in line
    ]
