"""The inbox: the actions of a person in an inbox of 100,000 and in one of 100, by API handler and by psql."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext
from pg8000 import dbapi
from sqlalchemy import TextClause, text

from functions.api.main import handler
from infra.local.postgres.server import Postgres
from owlpost.auth import Session, Tokens
from owlpost.db.people import inbox as queries
from owlpost.db.people import inbox_page as pages
from owlpost.domain import cursors
from owlpost.domain.clock import utc_now
from owlpost.domain.inbox import Chosen
from owlpost.wiring import api as wiring
from tests.bench.figures import Contender, Findings, Ratio, Times, take_turns, timed
from tests.bench.inbox_rows import Inbox, fill
from tests.bench.inbox_search import compare_searches, plant
from tests.bench.plans import table_scans
from tests.bench.psql import as_text
from tests.bench.server import Bench, bench_database
from tests.support.api import ApiClient

KEY = "a-key-of-the-bench-that-is-long-enough-for-any-of-the-algorithms-to-take"
REACH, OVER_PSQL = 1.5, 3.5
PAGE = 50
PAGE_AS_JSON = pages.PAGES["all"]
PAGE_OF_ROWS = text(f"""
    select unread.*, page.* from {pages.COUNTS} left join lateral ({pages.rows_of(pages.LISTINGS["all"])}) page on true
    order by page.place desc, page.id desc
""")
ACTIONS = ("first page", "page 1,000", "unread count", "mark one read")


class Refused(Exception):
    """The API did not return a success, so there is nothing to measure."""


@dataclass
class Reader:
    """One person's inbox: each action through the API handler, and its statement through psql."""

    bench: Bench
    inbox: Inbox
    api: ApiClient = field(init=False)

    def __post_init__(self) -> None:
        person = self.inbox.person
        self.api = ApiClient(bearer=Tokens([KEY]).issue(Session.begin(person.id, person.email, now=utc_now())))

    def by_handler(self) -> dict[str, Contender]:
        ids = cycle(self.inbox.unread)
        deep = cursors.sign(self.inbox.deep, KEY)
        return {
            "first page": timed(self._call("GET", "/v1/notifications", limit=PAGE)),
            "page 1,000": timed(self._call("GET", "/v1/notifications", limit=PAGE, cursor=deep)),
            "unread count": timed(self._call("GET", "/v1/notifications/unread-count")),
            "mark one read": lambda: self._mark_by_handler(next(ids)),
        }

    def by_psql(self) -> dict[str, Contender]:
        ids, psql, statements = cycle(self.inbox.unread), self.bench.psql, self.statements()
        return {
            **{action: partial(psql.run, statement) for action, statement in statements.items()},
            "mark one read": lambda: self._mark_by_psql(next(ids)),
        }

    def by_driver(self) -> dict[str, Contender]:
        """The same as one JSON text, as pg8000 comes, over a connection that is open."""
        connection = dbapi.connect(
            user=self.bench.postgres.user,
            host=self.bench.postgres.host,
            port=self.bench.postgres.port,
            database=self.bench.name,
        )
        connection.autocommit = True

        def ask(statement: str) -> None:
            cursor = connection.cursor()
            cursor.execute(statement)
            cursor.fetchall()

        return {action: timed(partial(ask, made)) for action, made in self.statements(PAGE_AS_JSON).items()}

    def statements(self, page: TextClause = PAGE_OF_ROWS) -> dict[str, str]:
        """Return the statements with their values. A page is one of rows unless told otherwise: the floor makes no JSON."""
        first_page: dict[str, object] = {
            "user_id": self.inbox.person.id,
            **pages.narrowing(Chosen()),
            "is_narrow": False,
            "before_at": "infinity",
            "before_id": str(UUID(int=2**128 - 1)),
            "limit": PAGE + 1,
            **({"most_bytes": pages.PAGE_BYTES} if page is PAGE_AS_JSON else {}),
        }
        deep: dict[str, object] = {
            "before_at": self.inbox.deep.created_at.isoformat(),
            "before_id": str(self.inbox.deep.id),
        }
        return {
            "first page": as_text(page, first_page),
            "page 1,000": as_text(page, first_page | deep),
            "unread count": as_text(queries.UNREAD_COUNT, {"user_id": self.inbox.person.id}),
            "mark one read": self._set_read(self.inbox.unread[0], read=True),
        }

    def _call(self, method: str, path: str, body: object = None, **query: object) -> Callable[[], None]:
        event = self.api.event(method, path, body, query)

        def call() -> None:
            answer = handler(event, LambdaContext())
            if answer["statusCode"] != 200:
                raise Refused(answer["body"])

        return call

    def _mark_by_handler(self, id_: UUID) -> float:
        # no limit on what one person writes in a minute, which no person does
        self.bench.psql.run("truncate person_writes")
        path = f"/v1/notifications/{id_}"
        milliseconds = timed(self._call("PATCH", path, {"read": True}))()
        self._call("PATCH", path, {"read": False})()
        return milliseconds

    def _mark_by_psql(self, id_: UUID) -> float:
        milliseconds = self.bench.psql.run(self._set_read(id_, read=True))
        self.bench.psql.run(self._set_read(id_, read=False))
        return milliseconds

    def _set_read(self, id_: UUID, *, read: bool) -> str:
        values = {"user_id": self.inbox.person.id, "id": id_, "read": read}
        return as_text(queries.SET_READ, values)


def measure(postgres: Postgres, *, rounds: int) -> Findings:
    with bench_database(postgres, "bench_inbox") as bench:
        _be_the_api(bench)
        filled = fill(bench)
        plant(bench, filled)
        large, small = (Reader(bench, inbox) for inbox in filled)
        findings = Findings("Inbox: 100,000 and 100 notifications, in a table of 1,000,000")
        findings.problems.extend(_scans(bench, large))
        for action in ACTIONS:
            _compare(action, large, small, findings, rounds)
        compare_searches(large.api, small.api, findings, rounds)
        wiring.database().close()
    return findings


def _be_the_api(bench: Bench) -> None:
    """Return the function's environment. Badges are off, because they send messages to SQS."""
    os.environ |= {
        "DATABASE_HOST": bench.postgres.host,
        "DATABASE_PORT": str(bench.postgres.port),
        "DATABASE_NAME": bench.name,
        "DATABASE_USER": bench.postgres.user,
        "JWT_KEYS": KEY,
        "WEB_URL": "https://owlpost.example",
        "BADGE_UPDATES": "off",
    }


def _scans(bench: Bench, reader: Reader) -> list[str]:
    return [
        f"{action}: reads {table} without an index that gives its order"
        for action, statement in (reader.statements() | reader.statements(PAGE_AS_JSON)).items()
        for table in table_scans(bench, statement)
    ]


def _compare(action: str, large: Reader, small: Reader, findings: Findings, rounds: int) -> None:
    taken = take_turns(
        {
            f"{action}, 100,000, handler": large.by_handler()[action],
            f"{action}, 100, handler": small.by_handler()[action],
            f"{action}, 100,000, psql": large.by_psql()[action],
            f"{action}, 100, psql": small.by_psql()[action],
            f"{action}, 100,000, bare pg8000": large.by_driver()[action],
        },
        rounds=rounds,
    )
    findings.times.extend(taken.values())
    handler_large, handler_small, psql_large, psql_small, bare = (times.p50 for times in taken.values())
    overhead = taken[f"{action}, 100,000, handler"]
    findings.times.append(
        Times(f"{action}, 100,000, handler less psql", handler_large - psql_large, None, overhead.rounds)
    )
    findings.ratios.extend(
        [
            Ratio(f"{action}, handler: 100,000 / 100", handler_large / handler_small, REACH),
            Ratio(f"{action}, psql: 100,000 / 100", psql_large / psql_small, of_floors=True),
            Ratio(f"{action}, 100,000: handler / psql", handler_large / psql_large, OVER_PSQL),
            Ratio(f"{action}, 100,000: handler / bare pg8000", handler_large / bare),
        ]
    )
