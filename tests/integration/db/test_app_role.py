"""The role that functions connect as: rows, and nothing that changes a table."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from infra.local.postgres.server import Postgres
from owlpost.db.app_role import ensure_app_role
from owlpost.db.session import Database, DatabaseAddress
from tests.support.people import add_person

ROLE = "owlpost_test_app"

pytestmark = pytest.mark.own_database


@pytest.fixture
def as_app(database: Database, postgres: Postgres, database_name: str) -> Database:
    ensure_app_role(database, ROLE)
    ensure_app_role(database, ROLE)  # harmless when repeated
    return Database.at(DatabaseAddress(host=postgres.host, port=postgres.port, name=database_name, user=ROLE))


def test_the_role_writes_rows_and_changes_no_table(as_app: Database) -> None:
    with as_app.transaction() as connection:
        add_person(connection)
        assert connection.execute(text("select count(*) from users")).scalar_one() > 0
        assert connection.execute(text("show idle_session_timeout")).scalar_one() == "4min"
    for statement in ("drop table notifications", "create table owls (id int)", "truncate notifications"):
        with pytest.raises(ProgrammingError), as_app.transaction() as connection:
            connection.execute(text(statement))
    with pytest.raises(ProgrammingError, match="permission denied"), as_app.transaction() as connection:
        connection.execute(text("select * from owlpost_migrations"))
    as_app.close()
