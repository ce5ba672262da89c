"""Rows of the host product for tests: people, teams, devices. Written by set-based statements."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from owlpost.db.session import Database


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    email: str


def add_person(
    connection: Connection,
    *,
    email: str | None = None,
    preferences: Mapping[str, object] | None = None,
    device: str | None = None,
) -> Person:
    """Insert a person; with an iOS device if `device` gives its token."""
    person = Person(uuid4(), email or f"{uuid4().hex}@people.example")
    connection.execute(
        text(
            "insert into users (id, email, name, preferences) values (:id, :email, 'Someone', cast(:preferences as jsonb))"
        ),
        {"id": person.id, "email": person.email, "preferences": json.dumps(preferences or {})},
    )
    if device:
        add_device(connection, person, token=device)
    return person


def add_device(
    connection: Connection, person: Person, *, token: str, platform: str = "ios", environment: str = "production"
) -> UUID:
    device_id: UUID = connection.execute(
        text(
            "insert into user_devices (user_id, platform, token, environment)"
            " values (:user_id, :platform, :token, :environment) returning id"
        ),
        {"user_id": person.id, "platform": platform, "token": token, "environment": environment},
    ).scalar_one()
    return device_id


#: A statement may take half a minute.
PEOPLE_AT_ONCE = 100_000
ADD_MEMBERS = text("""
    with person as (
      insert into users (email, name)
      select md5(cast(:team as text) || n) || '@people.example', 'Person ' || n
      from generate_series(cast(:first as integer), :last) as n
      returning id
    ),
    device as (
      insert into user_devices (user_id, platform, token)
      select id, 'ios', md5(cast(id as text)) || md5(reverse(cast(id as text))) from person
    )
    insert into team_members (team_id, user_id, role) select :team_id, id, :role from person
""")


def add_team(database: Database, *, members: int, role: str = "member") -> UUID:
    """Insert a team of new people, each with an iOS device."""
    team_id = uuid4()
    with database.transaction() as connection:
        connection.execute(
            text("insert into teams (id, name, slug) values (:id, 'Cartographers', :slug)"),
            {"id": team_id, "slug": team_id.hex},
        )
        for first in range(1, members + 1, PEOPLE_AT_ONCE):
            last = min(first + PEOPLE_AT_ONCE - 1, members)
            values = {"team": str(team_id), "team_id": team_id, "first": first, "last": last, "role": role}
            connection.execute(ADD_MEMBERS, values)
    return team_id
