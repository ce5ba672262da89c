"""A clock that stands still until it is moved, for Python and for the statements of a test's database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pg8000.native import Connection

    from infra.local.postgres.server import Postgres

#: `now()` of this schema comes before Postgres' own wherever a test's database sets the search path so.
SHADOW = """
    create schema testing;
    create table testing.clock (moment timestamptz not null);
    create function testing.now() returns timestamptz language sql stable
      as 'select coalesce((select moment from testing.clock), pg_catalog.now())';
"""

#: `now()` of a database whose time runs on, ahead by what is in `testing.ahead`.
RUNNING_AHEAD = """
    create schema testing;
    create table testing.ahead (by interval not null);
    create function testing.now() returns timestamptz language sql stable
      as 'select pg_catalog.now() + coalesce((select sum(by) from testing.ahead), interval ''0'')';
"""


@dataclass
class FakeClock:
    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.move_to(self.moment + timedelta(**by))

    def move_to(self, moment: datetime) -> None:
        self.moment = moment


class StageClock(FakeClock):
    """The time of one database and of the services that a test runs on it, moved together."""

    def __init__(self, moment: datetime, connection: "Connection") -> None:
        super().__init__(moment)
        self._connection = connection
        self.move_to(moment)

    def move_to(self, moment: datetime) -> None:
        super().move_to(moment)
        self.release()
        self._connection.run("insert into testing.clock values (:moment)", moment=moment)

    def release(self) -> None:
        """Let the database's time run again."""
        self._connection.run("delete from testing.clock")


def shadow_clock(postgres: "Postgres", database_name: str) -> None:
    """Have `now()` answer by `testing.clock`, in all sessions of this database that begin from now on."""
    with postgres.connect(database_name) as connection:
        connection.run(f'alter database "{database_name}" set search_path = public, testing, pg_catalog')
