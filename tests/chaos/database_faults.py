"""What befalls the database: it crashes, is far away, has no connection left, or a table that somebody holds."""

import time
from contextlib import ExitStack, suppress

from pg8000.exceptions import DatabaseError, InterfaceError

from tests.chaos.plan import TIMEOUT
from tests.chaos.script import Act
from tests.chaos.system import System

#: As many as Postgres may have, and some more.
MOST_CONNECTIONS = 110
#: Longer than a function lives.
LOCKED_SECONDS = TIMEOUT + 1.0
LOCK = "lock table notification_deliveries in access exclusive mode"


def crash_postgres(system: System, _: Act) -> int:
    with system.postgres_turn:
        system.postgres.restart()
    return 1


def kill_postgres(system: System, act: Act) -> int:
    with system.postgres_turn:
        system.postgres.kill()
        time.sleep(act.seconds)
        system.postgres.start()
    return 1


def slow_postgres(system: System, act: Act) -> int:
    system.flaky_postgres.weather = "slow"
    time.sleep(2 * act.seconds)
    system.flaky_postgres.weather = "fair"
    return 1


def half_open_postgres(system: System, act: Act) -> int:
    """Nothing arrives, and then every connection is reset."""
    system.flaky_postgres.weather = "half_open"
    time.sleep(2 * act.seconds)
    system.flaky_postgres.cut()
    system.flaky_postgres.weather = "fair"
    return 1


def take_connections(system: System, act: Act) -> int:
    with ExitStack() as taken, suppress(DatabaseError, InterfaceError, OSError):
        try:
            for _ in range(MOST_CONNECTIONS):
                taken.enter_context(system.postgres.connect())
        except (DatabaseError, InterfaceError, OSError):
            time.sleep(act.seconds)
    return 1


def lock_table(system: System, _: Act) -> int:
    with suppress(DatabaseError, InterfaceError, OSError), system.postgres.connect() as connection:
        connection.run("begin")
        connection.run(LOCK)
        time.sleep(LOCKED_SECONDS)
        connection.run("rollback")
    return 1
