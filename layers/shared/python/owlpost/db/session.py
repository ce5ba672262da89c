"""The database as the services see it: one engine per sandbox, one transaction per use case."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from owlpost.db import dialect
from owlpost.db.clock import DatabaseClock
from owlpost.db.connect import connect
from owlpost.db.outage import is_outage
from owlpost.domain.value import dataclass

Result = TypeVar("Result")

#: Seconds between tries to record what must not be lost: long enough for a failover of a moment, well inside a function's time.
PAUSES = (0.1, 0.4, 1.0)


#: Seconds; below the timeout of every function that answers somebody.
STATEMENT_TIMEOUT = 55
IDLE_SESSION_TIMEOUT = 240
#: Seconds for each step of a connect. A network that swallows packets costs a function no more than a few of these.
CONNECT_TIMEOUT = 5.0
#: Seconds in which a server that stays silent is asked again. A paused Aurora takes connections and says nothing until it is
#: awake, about 15 s later, or 30 after a day of rest, which the daily cleanup does not let pass
#: (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html).
WAKING_TIME = 20.0
#: An older connection is replaced unasked. Shorter than it takes an unused one's database to pause (the timeout above and
#: five minutes), as asking a database that is paused whether it is there takes as long as to wake it, and then comes a connect.
RECYCLED_AFTER = 500


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where the database is. `tls_authority` is a PEM file with the one authority to trust; None speaks plainly.

    `password` is asked for at each connect, as a signed one ends after minutes and a stored one may have been rotated.
    """

    host: str
    port: int
    name: str
    user: str
    password: Callable[[], str | None] = lambda: None
    tls_authority: str | None = None
    #: A lock or a statement that takes longer is a fault to retry, not a thing to wait for. Seconds.
    lock_timeout: int = 10
    statement_timeout: float = STATEMENT_TIMEOUT
    connect_timeout: float = CONNECT_TIMEOUT
    waking_time: float = WAKING_TIME
    #: A frozen sandbox keeps its connection, and a database with connections does not pause: the server ends it. Seconds.
    idle_session_timeout: int = IDLE_SESSION_TIMEOUT

    @property
    def answer_timeout(self) -> float:
        """Seconds after which a server that no longer answers is given up: it should have timed out by itself before."""
        return self.statement_timeout + 5


def _connects(address: DatabaseAddress) -> Callable[..., Any]:
    """The way in which SQLAlchemy is to connect. pg8000 would build an unverified TLS context each time; it is given ours."""
    tls = ssl.create_default_context(cafile=address.tls_authority) if address.tls_authority else None

    def connect_once(dialect: Any) -> Any:
        return connect(
            dialect,
            host=address.host,
            port=address.port,
            connect_timeout=address.connect_timeout,
            answer_timeout=address.answer_timeout,
            tls=tls,
            user=address.user,
            database=address.name,
            password=address.password(),
            application_name="owlpost",
            startup_params={
                "lock_timeout": f"{address.lock_timeout}s",
                "statement_timeout": f"{address.statement_timeout}s",
                "idle_session_timeout": f"{address.idle_session_timeout}s",
                "TimeZone": "UTC",
            },
        )

    def connect_to(dialect: Any, _record: Any, _arguments: Any, _parameters: Any) -> Any:
        gives_up_at = time.monotonic() + address.waking_time
        while True:
            try:
                return connect_once(dialect)
            except dialect.loaded_dbapi.InterfaceError as error:
                if not isinstance(error.__cause__, TimeoutError) or time.monotonic() >= gives_up_at:
                    raise

    return connect_to


class Database:
    """Hands out transactions. A sandbox serves one event at a time, so it holds one connection, reused while warm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._each_alone = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.now = DatabaseClock(engine)

    @classmethod
    def at(cls, address: DatabaseAddress) -> "Database":
        """Connects at first use."""
        engine = create_engine(
            URL.create(dialect.register(), host=address.host, port=address.port, database=address.name),
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            pool_recycle=RECYCLED_AFTER,
            hide_parameters=True,
        )
        event.listen(engine, "do_connect", _connects(address))
        return cls(engine)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Ask a connection only once in this block whether it is still there: a sandbox is not frozen in the middle."""
        self.engine.dialect.request = object()  # type: ignore[attr-defined]  # our dialect
        try:
            yield
        finally:
            self.engine.dialect.request = None  # type: ignore[attr-defined]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For statements that only read, each on its own: nothing begins, and nothing has to be committed."""
        with self._each_alone.connect() as connection:
            yield connection

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """For one statement that changes something: it is a transaction by itself, and commits as it ends well."""
        with self._each_alone.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends well and rolls back when it does not."""
        with self.engine.begin() as connection:
            yield connection

    def persist(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction, again if the database went away or broke a deadlock.

        For work that may be repeated and must not be lost for a fault of a moment, such as recording what a provider said.
        Any other fault is raised at once: the same statement would meet it again.
        """
        for pause in PAUSES:
            try:
                with self.transaction() as connection:
                    return work(connection)
            except DBAPIError as error:
                if not is_outage(error):
                    raise
                self.engine.dispose()
                time.sleep(pause)
        with self.transaction() as connection:
            return work(connection)

    def close(self) -> None:
        self.engine.dispose()
