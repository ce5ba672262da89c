"""The API over a real database: the function's environment as the laptop would set it, and people who are signed in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, text

from infra.local.postgres.server import Postgres
from owlpost.auth import Session, Tokens
from owlpost.channels.email.message import MailMessage
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.outcomes import Outcome, Sent
from owlpost.sandbox import Sandbox
from owlpost.wiring.api import direct_mail
from tests.support.api import ApiClient
from tests.support.people import Person, add_person

UNSUBSCRIBE_KEY = "another-key-of-the-tests"
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
KEY = "a-key-of-the-tests-that-is-long-enough-for-any-of-the-algorithms-to-take"


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch, postgres: Postgres, database_name: str) -> Iterator[Sandbox]:
    """The function as after a cold start."""
    for name, value in {
        "DATABASE_HOST": postgres.host,
        "DATABASE_PORT": str(postgres.port),
        "DATABASE_NAME": database_name,
        "DATABASE_USER": postgres.user,
        "JWT_KEYS": KEY,
        "UNSUBSCRIBE_KEYS": UNSUBSCRIBE_KEY,
        "WEB_URL": "https://owlpost.example",
        "SIGN_IN_PER_IP": "0",
    }.items():
        monkeypatch.setenv(name, value)
    with Sandbox() as sandbox:
        yield sandbox


@dataclass
class Postman:
    """A DirectMail that keeps what it is given, and is down while `down` is set."""

    mails: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    down: Exception | None = None
    locales: list[str | None] = field(default_factory=list)

    def send(
        self,
        to: str,
        template: str,
        values: Mapping[str, object],
        *,
        link: str | None = None,
        key: str | None = None,  # noqa: ARG002 (the client's signature)
        patience: timedelta | None = None,  # noqa: ARG002 (the client's signature)
        locale: str | None = None,
    ) -> None:
        if self.down:
            raise self.down
        self.mails.append((to, template, {**values, "link": link}))
        self.locales.append(locale)

    @property
    def code(self) -> str:
        return str(self.mails[-1][2]["code"])

    @property
    def token(self) -> str:
        return str(self.mails[-1][2]["link"]).removeprefix("/invite/accept?token=")


@pytest.fixture
def postman(sandbox: Sandbox) -> Postman:
    postman = Postman()
    sandbox.provide(direct_mail, postman)
    return postman


@dataclass
class Outbox:
    """A MailSender that keeps the messages."""

    messages: list[MailMessage] = field(default_factory=list)

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:  # noqa: ARG002 (it is instant)
        self.messages.extend(messages)
        return [Sent()] * len(messages)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


def signed_in(person: Person, *, issued_at: datetime | None = None) -> str:
    """A token of a new session of this person."""
    return Tokens([KEY]).issue(Session.begin(person.id, person.email, now=issued_at or utc_now()))


@pytest.fixture
def ada(database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection, email="ada@people.example")


@pytest.fixture
def bo(database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection, email="bo@people.example")


@pytest.fixture
def api(ada: Person) -> ApiClient:
    """Ada's app."""
    return ApiClient(bearer=signed_in(ada))


@pytest.fixture
def nobody() -> ApiClient:
    return ApiClient()


class Inbox:
    """Puts notifications into somebody's inbox, as the fan-out would have."""

    def __init__(self, database: Database, person: Person) -> None:
        self.database = database
        self.person = person

    def put(self, number: int = 1, **columns: object) -> list[str]:
        """So many rows of one instant, the first id first in the inbox' order; `columns` as the table has them."""
        with self.database.transaction() as connection:
            return self.put_in(connection, number, **columns)

    def put_in(self, connection: Connection, number: int = 1, **columns: object) -> list[str]:
        """The same in a transaction of the caller."""
        values = {
            "user_id": self.person.id,
            "type": "feedback.new",
            "title": "New feedback",
            "body": None,
            "link": None,
            "in_app": True,
            "read_at": None,
            "deleted_at": None,
            "created_at": utc_now(),
            "data": "{}",
            **columns,
        }
        ids = connection.execute(
            text("""
                insert into notifications
                  (user_id, type, title, body, link, in_app, read_at, deleted_at, created_at, data, request_id)
                select :user_id, :type, :title, :body, :link, :in_app, :read_at, :deleted_at, :created_at,
                       cast(:data as jsonb), owlpost_uuid7()
                from generate_series(1, :number)
                returning id
            """),
            {**values, "number": number},
        ).scalars()
        return sorted(map(str, ids), reverse=True)

    def row(self, id_: str) -> Row[Any]:
        with self.database.transaction() as connection:
            return connection.execute(text("select * from notifications where id = :id"), {"id": id_}).one()


@pytest.fixture
def inbox(database: Database, ada: Person) -> Inbox:
    return Inbox(database, ada)


@pytest.fixture
def team(database: Database) -> Callable[..., str]:
    """Makes a team of people and their roles."""

    def make(**roles: Person) -> str:
        with database.transaction() as connection:
            team_id = connection.execute(
                text("insert into teams (name, slug) values ('Cartographers', gen_random_uuid()) returning id")
            ).scalar_one()
            for role, person in roles.items():
                connection.execute(
                    text("insert into team_members (team_id, user_id, role) values (:team_id, :user_id, :role)"),
                    {"team_id": team_id, "user_id": person.id, "role": role},
                )
        return str(team_id)

    return make
