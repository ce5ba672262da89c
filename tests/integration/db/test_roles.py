"""The roles that functions connect as: rows of the tables that their zone names, and nothing that changes a table."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from infra.local.postgres.server import Postgres
from infra.topology.canary import whole
from owlpost.db.grants import GRANTS
from owlpost.db.roles import ensure_roles
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.errors import Misconfigured
from tests.support.wired import role_of

GUEST = "somebody_elses_role"
every_zone = pytest.mark.parametrize("zone", GRANTS)


def connect(postgres: Postgres, name: str, user: str) -> closing[Database]:
    return closing(Database.at(DatabaseAddress(host=postgres.host, port=postgres.port, name=name, user=user)))


@pytest.fixture
def guest(postgres: Postgres) -> Iterator[str]:
    """A role that the host has made, with a setting of its own."""
    with postgres.connect("postgres") as connection:
        connection.run(f"create role {GUEST} login connection limit 7")
        connection.run(f"alter role {GUEST} set work_mem = '7MB'")
        yield GUEST
        connection.run(f"drop role {GUEST}")


def test_every_zone_of_the_topology_has_grants_and_every_grant_a_function() -> None:
    assert set(whole().zones) == set(GRANTS)


def test_each_table_is_in_some_zone_and_no_other_is(database: Database) -> None:
    with database.transaction() as connection:
        found = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars()
        granted = {table for grants in GRANTS.values() for table in grants}
    assert granted | {"owlpost_migrations", "erasure_key"} == set(found)


@every_zone
def test_a_zone_may_do_what_its_grants_say_and_no_more(database: Database, zone: str) -> None:
    with database.transaction() as connection:
        rows = connection.execute(
            text(
                "select table_name, privilege_type from information_schema.role_table_grants"
                " where grantee = :role and table_schema = 'public'"
            ),
            {"role": role_of(zone)},
        )
        granted: dict[str, set[str]] = {}
        for table, privilege in rows:
            granted.setdefault(table, set()).add(privilege.lower())
    assert granted == {table: set(privileges.split(", ")) for table, privileges in GRANTS[zone].items()}


@every_zone
def test_no_zone_changes_a_table_or_sees_the_migrations(postgres: Postgres, database_name: str, zone: str) -> None:
    with connect(postgres, database_name, role_of(zone)) as database:
        for statement in (
            "drop table notifications",
            "create table owls (id int)",
            "truncate notifications",
            "select * from owlpost_migrations",
        ):
            with pytest.raises(ProgrammingError), database.transaction() as connection:
                connection.execute(text(statement))


def test_what_strangers_reach_cannot_read_what_it_has_no_use_for(postgres: Postgres, database_name: str) -> None:
    forbidden = {
        "provider_events": ("users", "email_verification_codes", "user_devices", "notifications"),
        "api": ("notification_requests", "webhook_events", "issues", "erasure_key", "preference_changes"),
        "operate": ("ended_sessions", "issues", "erasure_key"),
    }
    for zone, tables in forbidden.items():
        with connect(postgres, database_name, role_of(zone)) as database:
            for table in tables:
                with pytest.raises(ProgrammingError, match="permission denied"), database.transaction() as connection:
                    connection.execute(text(f"select * from {table}"))


@pytest.mark.own_database
def test_a_host_table_is_not_granted(postgres: Postgres, database_name: str, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("create table payments (id int)"))
    ensure_roles(database, {role_of("work"): ("work",)})
    with (
        connect(postgres, database_name, role_of("work")) as worker,
        pytest.raises(ProgrammingError, match="permission denied"),
        worker.transaction() as connection,
    ):
        connection.execute(text("select * from payments"))


@pytest.mark.own_database
def test_a_role_that_we_did_not_make_is_not_altered(database: Database, postgres: Postgres, guest: str) -> None:
    about = (
        "select rolconnlimit, rolconfig, shobj_description(oid, 'pg_authid'), rolsuper, rolinherit,"
        f" (select count(*) from pg_auth_members where member = r.oid) from pg_roles r where rolname = '{guest}'"
    )
    with postgres.connect("postgres") as connection:
        before = connection.run(about)
        connection.run("create role rds_iam")
    try:
        ensure_roles(database, {guest: ("api", "work")}, iam=True)
        with postgres.connect("postgres") as connection:
            assert connection.run(about) == before
    finally:
        with database.transaction() as connection:
            connection.execute(text(f"drop owned by {guest}"))
        with postgres.connect("postgres") as connection:
            connection.run("drop role rds_iam")


@pytest.mark.own_database
def test_a_right_that_a_host_gave_to_its_own_role_is_not_taken_away(database: Database, guest: str) -> None:
    held = text(f"select has_table_privilege('{guest}', 'notifications', 'truncate')")
    with database.transaction() as connection:
        connection.execute(text(f"grant truncate on notifications to {guest}"))
    try:
        ensure_roles(database, {guest: ("api",)})
        with database.transaction() as connection:
            assert connection.execute(held).scalar_one() is True
    finally:
        with database.transaction() as connection:
            connection.execute(text(f"drop owned by {guest}"))


@pytest.mark.own_database
def test_several_zones_in_one_role_have_what_each_of_them_needs(database: Database, guest: str) -> None:
    ensure_roles(database, {guest: tuple(GRANTS)})
    ensure_roles(database, {guest: tuple(GRANTS)})  # harmless when repeated
    with database.transaction() as connection:
        for zone, grants in GRANTS.items():
            for table, privileges in grants.items():
                for privilege in privileges.split(", "):
                    asked = f"select has_table_privilege('{guest}', '{table}', '{privilege}')"
                    assert connection.execute(text(asked)).scalar_one(), (zone, table, privilege)
        connection.execute(text(f"drop owned by {guest}"))


def test_a_zone_that_does_not_exist_is_named(database: Database) -> None:
    with pytest.raises(Misconfigured, match="attic"):
        ensure_roles(database, {"owlpost_test_attic": ("attic",)})


@every_zone
def test_no_function_changes_a_role_or_ends_a_membership(postgres: Postgres, database_name: str, zone: str) -> None:
    with connect(postgres, database_name, role_of(zone)) as database:
        for statement in ("update team_members set role = 'owner'", "delete from team_members"):
            with pytest.raises(ProgrammingError, match="permission denied"), database.transaction() as connection:
                connection.execute(text(statement))
