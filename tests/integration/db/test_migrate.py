import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from importlib import resources
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from functions import migrate as migrate_function
from infra.local.postgres.server import Postgres
from owlpost.db.migrate import migrate, migrations
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.errors import Misconfigured
from tests.support.wired import Context, Wired

OURS = [migration.name for migration in migrations()]


@pytest.fixture
def connect(postgres: Postgres) -> Iterator[Callable[[], Database]]:
    """Connections of their own to one database in which nothing has run."""
    name = f"empty_{uuid4().hex}"
    postgres.create_database(name)
    with ExitStack() as opened:
        yield lambda: opened.enter_context(
            closing(Database.at(DatabaseAddress(postgres.host, postgres.port, name, postgres.user)))
        )
    postgres.drop_database(name)


@pytest.fixture
def empty(connect: Callable[[], Database]) -> Database:
    return connect()


def tables(database: Database) -> set[str]:
    with database.transaction() as connection:
        names = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars()
        return set(names)


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql)
    return folder


def test_our_migrations_are_numbered_without_gaps() -> None:
    assert [name[:5] for name in OURS] == [f"{number:04}_" for number in range(1, len(OURS) + 1)]


@pytest.mark.parametrize("second", ["m0003_gap", "m0001_again", "m2_short", "m0000_early"])
def test_a_gap_or_a_number_used_twice_is_refused_before_anything_runs(
    empty: Database, tmp_path: Path, second: str
) -> None:
    folder = write(tmp_path, m0001_first="create table first ()", **{second: "create table second ()"})
    with pytest.raises(Misconfigured, match="should have number"):
        migrate(empty, folder)
    assert tables(empty) == set()


def test_each_migration_runs_once(empty: Database) -> None:
    assert migrate(empty) == OURS
    assert migrate(empty) == []
    with empty.transaction() as connection:
        numbers = connection.execute(text("select number from owlpost_migrations order by number")).scalars()
        assert list(numbers) == list(range(1, len(OURS) + 1))


def test_a_file_that_was_changed_after_it_had_run_is_refused(empty: Database, tmp_path: Path) -> None:
    folder = write(tmp_path, m0001_first="create table first ()")
    migrate(empty, folder)
    write(tmp_path, m0001_first="create table other ()", m0002_second="create table second ()")
    with pytest.raises(Misconfigured, match=r"0001_first\.sql was changed"):
        migrate(empty, folder)
    assert tables(empty) == {"owlpost_migrations", "first"}


def test_a_migration_that_fails_leaves_nothing_and_can_be_run_again(empty: Database, tmp_path: Path) -> None:
    broken = "create table second (); insert into nowhere values (1); create table third ()"
    folder = write(tmp_path, m0001_first="create table first ()", m0002_second=broken)
    with pytest.raises(ProgrammingError, match="nowhere"):
        migrate(empty, folder)
    assert tables(empty) == {"owlpost_migrations", "first"}
    write(tmp_path, m0002_second="create table second ()")
    assert migrate(empty, folder) == ["0002_second.sql"]


def test_two_that_migrate_at_once_take_turns(connect: Callable[[], Database]) -> None:
    databases = [connect() for _ in range(4)]
    with ThreadPoolExecutor(len(databases)) as threads:
        ran = list(threads.map(migrate, databases))
    assert sorted(name for names in ran for name in names) == OURS


def test_owlpost_moves_in_with_a_host_that_has_tables_of_its_own(empty: Database) -> None:
    with empty.transaction() as connection:
        connection.exec_driver_sql("""
            create table users (
              id uuid primary key default gen_random_uuid(), email varchar(320) not null unique, name varchar(80) not null,
              preferences jsonb, password_digest text not null default '', locale text
            );
            create table teams (id uuid primary key, name text, plan text not null default 'free');
            insert into users (email, name) values ('Ada@people.example', 'Ada');
        """)
    assert migrate(empty) == OURS
    with empty.transaction() as connection:
        (ada,) = connection.execute(text("select * from users")).mappings()
        columns = connection.execute(
            text("select column_name from information_schema.columns where table_name = 'teams'")
        ).scalars()
        assert set(columns) == {"id", "name", "plan"}
    assert ada["email"] == "Ada@people.example"
    assert ada["preferences"] is None
    assert {"notifications", "team_members", "issues"} <= tables(empty)


def test_the_function_migrates_and_says_what_ran(wired: Wired) -> None:
    wired.as_function("migrate")
    assert migrate_function.handler({}, Context()) == {"applied": []}


def fallback() -> str:
    """What makes ids on a server that has no uuidv7() of its own, as the first migration writes it."""
    script = (resources.files("owlpost.db.migrations") / "0001_host_tables.sql").read_text()
    body = re.search(r"as \$body\$(.*)\$body\$", script, re.DOTALL)
    assert body
    return f"create or replace function owlpost_uuid7() returns uuid language sql volatile as $${body[1]}$$"


@pytest.mark.own_database
@pytest.mark.parametrize("by_hand", [False, True], ids=["by the server", "by hand"])
def test_ids_are_uuids_of_version_7_that_carry_the_time(database: Database, *, by_hand: bool) -> None:
    with database.transaction() as connection:
        if by_hand:
            connection.exec_driver_sql(fallback())
        rows = connection.execute(
            text("""
                select owlpost_uuid7() as id, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as at
                from generate_series(1, 500)
            """)
        ).all()
    ids: list[UUID] = [row.id for row in rows]
    assert {each.version for each in ids} == {7}
    assert {each.variant for each in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == len(ids)
    # A second, not two milliseconds: between the two clocks of a row the machine may do something else.
    assert all(abs((each.int >> 80) - row.at) <= 1_000 for each, row in zip(ids, rows, strict=True))
    moments = [each.int >> 80 for each in ids]
    assert moments == sorted(moments)
