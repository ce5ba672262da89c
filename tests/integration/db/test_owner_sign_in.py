"""Who may still sign in after a migration, by the rule of RDS: members of `rds_iam` by IAM, and by nothing else.

A plain Postgres with such a pg_hba.conf shows it. What RDS itself counts as a member only an account can tell.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infra.local.postgres.server import Postgres, throwaway_postgres
from owlpost.db.migrate import migrate
from owlpost.db.roles import ensure_roles
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.errors import Misconfigured

OWNER = "host_owner"
ROLES = {"owlpost_test_api": ("api",), "owlpost_test_work": ("work",)}
#: `reject` stands for a sign-in by IAM that a password is not.
RULES = "host all +rds_iam all reject\nhost all all all trust\n"


@pytest.fixture(scope="module")
def rds(programs: Path | None) -> Iterator[Postgres]:
    """A server where members of rds_iam do not get in by password, with an owner as RDS makes one: no superuser."""
    with throwaway_postgres(programs) as server:
        with server.connect("postgres") as connection:
            connection.run("create role rds_iam nologin")
            connection.run(f"create role {OWNER} login createrole createdb")
            connection.run(f"create database host owner {OWNER}")
            ((file,),) = connection.run("show hba_file")
            Path(file).write_text(RULES, encoding="ascii")
            connection.run("select pg_reload_conf()")
        yield server


def as_user(server: Postgres, user: str) -> closing[Database]:
    return closing(Database.at(DatabaseAddress(host=server.host, port=server.port, name="host", user=user)))


def gets_in(server: Postgres, user: str) -> bool:
    try:
        with as_user(server, user) as database, database.transaction() as connection:
            return bool(connection.execute(text("select true")).scalar_one())
    except DBAPIError:
        return False


def test_an_owner_with_a_password_still_signs_in_after_a_migration(rds: Postgres) -> None:
    with as_user(rds, OWNER) as database:
        migrate(database)
        ensure_roles(database, ROLES)
        with pytest.raises(Misconfigured, match="rds_iam"):
            ensure_roles(database, ROLES, iam=True)
    assert gets_in(rds, OWNER)
    assert gets_in(rds, "owlpost_test_work")


def test_an_owner_that_signs_in_by_iam_makes_roles_that_do(rds: Postgres) -> None:
    with rds.connect("postgres") as connection, as_user(rds, OWNER) as database:
        with database.transaction() as open_session:
            # Signed in already, as by IAM: the rules are asked at the connect alone.
            connection.run(f"grant rds_iam to {OWNER} with admin option")
            assert open_session.execute(text("select 1")).scalar_one() == 1
        ensure_roles(database, ROLES, iam=True)
        members = connection.run(
            "select member::regrole::text from pg_auth_members where roleid = 'rds_iam'::regrole order by 1"
        )
    assert {member for (member,) in members} >= {OWNER, *ROLES}
    assert not gets_in(rds, "owlpost_test_work")
