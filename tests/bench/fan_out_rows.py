"""The audience of the fan-out, and its peers: the same rows by one hand-written statement, and row by row through the ORM."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, DateTime, FetchedValue, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from owlpost.domain.clock import utc_now
from owlpost.domain.registry_version import registry_version
from owlpost.domain.types import NOTIFICATION_TYPE_META
from tests.bench.server import Bench
from tests.support.people import add_team

#: On by default on three channels.
TYPE = "feedback.new"
TITLE, BODY, LINK = "New feedback", "A sentence or two, as a producer would write them.", "/projects/1"

#: Every fifth person has switched off one of the three.
OVERRIDES = f"""
    update users set preferences = '{{"notifications": {{"types": {{"{TYPE}": {{"email": false}}}}}}}}'
    where id in (
      select user_id from (select user_id, row_number() over (order by user_id) as place from team_members) member
      where mod(place, 5) = 0
    )
"""

#: A hand-written statement for exactly these rows: it returns nothing, no ids for the queues, and trusts the preferences.
FLOOR = """
    with request as (
      insert into notification_requests (key_source, idempotency_key, body_hash, type)
      values ('producer', gen_random_uuid()::text, 'none', '{type}')
      returning id
    ),
    audience as materialized (
      select owlpost_uuid7() as id, u.id as user_id, u.preferences #> '{{notifications,types,{type}}}' as chosen
      from team_members m join users u on u.id = m.user_id
      where m.team_id = '{team_id}'
    ),
    inbox as (
      insert into notifications (id, user_id, type, title, body, link, in_app, request_id)
      select audience.id, user_id, '{type}', '{title}', '{body}', '{link}',
             coalesce((chosen ->> 'in_app')::boolean, true), request.id
      from audience, request
    )
    insert into notification_deliveries (id, notification_id, channel, status, attempted_at, decided_by, registry)
    select owlpost_uuid7(), audience.id, channel, status, case status when 'sent' then now() end,
           case when chosen is null then 'default_on' else 'preference_on' end, '{registry}'
    from audience,
         (values ('in_app', 'sent'), ('email', 'pending'), ('mobile_push', 'pending')) as c (channel, status)
    where coalesce((chosen ->> channel)::boolean, true)
"""

#: One row if all requests wrote the same number of rows.
WRITTEN = text("""
    select distinct notifications, deliveries from (
      select n.request_id, count(distinct n.id) as notifications, count(*) as deliveries
      from notifications n join notification_deliveries d on d.notification_id = n.id
      group by n.request_id
    ) request
""")


def add_audience(bench: Bench, size: int) -> tuple[UUID, list[UUID]]:
    """A team of this size, with the ids of its members."""
    team_id = add_team(bench.database, members=size)
    bench.run(OVERRIDES)
    with bench.database.transaction() as connection:
        return team_id, list(connection.execute(text("select user_id from team_members")).scalars())


def floor(team_id: UUID) -> str:
    return FLOOR.format(type=TYPE, title=TITLE, body=BODY, link=LINK, team_id=team_id, registry=registry_version())


class _Row(DeclarativeBase):
    """The part of the schema that this loop writes. Postgres makes the ids."""

    type_annotation_map = {dict[str, Any]: JSONB}  # noqa: RUF012 (SQLAlchemy reads it from the class)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=FetchedValue())


class Person(_Row):
    __tablename__ = "users"

    preferences: Mapped[dict[str, Any]]


class Request(_Row):
    __tablename__ = "notification_requests"

    key_source: Mapped[str]
    idempotency_key: Mapped[str]
    body_hash: Mapped[str]
    type: Mapped[str]


class Notification(_Row):
    __tablename__ = "notifications"

    user_id: Mapped[UUID]
    type: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    link: Mapped[str]
    in_app: Mapped[bool]
    request_id: Mapped[UUID]


class Delivery(_Row):
    __tablename__ = "notification_deliveries"

    notification_id: Mapped[UUID]
    channel: Mapped[str]
    status: Mapped[str]
    attempted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def tell_one_by_one(connection: Connection, user_ids: Sequence[UUID]) -> None:
    """Port the product's own loop: find a person, write the inbox row, then a row per channel."""
    with Session(connection) as session:
        request = Request(key_source="producer", idempotency_key=str(uuid4()), body_hash="none", type=TYPE)
        _write(session, request)
        for user_id in user_ids:
            person = session.get_one(Person, user_id)
            _tell(session, person, user_id, request.id)


def _tell(session: Session, person: Person, user_id: UUID, request_id: UUID) -> None:
    chosen = person.preferences.get("notifications", {}).get("types", {}).get(TYPE, {})
    wanted = {key: chosen.get(key, on) for key, on in NOTIFICATION_TYPE_META[TYPE].defaults().items()}
    notification = Notification(
        user_id=user_id, type=TYPE, title=TITLE, body=BODY, link=LINK, in_app=wanted["in_app"], request_id=request_id
    )
    _write(session, notification)
    for channel in (key for key, on in wanted.items() if on):
        status, at = ("sent", utc_now()) if channel == "in_app" else ("pending", None)
        _write(session, Delivery(notification_id=notification.id, channel=channel, status=status, attempted_at=at))


def _write(session: Session, row: _Row) -> None:
    session.add(row)
    session.flush()
