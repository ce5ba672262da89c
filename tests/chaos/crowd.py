"""Who is told what: people, teams and their devices, and the requests that producers make; all drawn from one seed."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args
from uuid import UUID

from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.requests import ByIds, ByTeam, EnqueueRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

INDIVIDUALS = 500
TEAMS = 3
TEAM_SIZE = 110
#: Requests of each kind, and people told by one that names them.
BY_IDS = 65
BY_TEAM = 4
NAMED = 12
#: People with quiet hours that end in the middle of the run, how many of them a request names, and requests that name them all
#: at its start.
SLEEPERS = 25
SLEEPERS_NAMED = 4
EVENING = 3
#: Quiet hours begin so long before they end.
NIGHT = timedelta(hours=2)
#: Types that go over every channel unless somebody says otherwise, and here nobody does.
TYPES = ("feedback.new", "job.completed", "app.review_new")
#: What the phones of a person run, and how many of twenty people have such phones.
PHONES: dict[tuple[str, ...], int] = {("ios",): 10, ("android",): 4, ("ios", "android"): 3, ("ios", "ios"): 1, (): 2}
#: By a call, by a message, or by a row that the producer writes in a transaction of its own.
Way: TypeAlias = Literal["lambda", "sqs", "outbox"]
WAYS: tuple[Way, ...] = get_args(Way)

ADD = text("""
    with person as (
      insert into users (id, email, name)
      select id, email, 'Somebody' from jsonb_to_recordset(cast(:people as jsonb)) as p (id uuid, email text)
    ),
    device as (
      insert into user_devices (user_id, platform, token)
      select user_id, platform, token
      from jsonb_to_recordset(cast(:devices as jsonb)) as v (user_id uuid, platform text, token text)
    ),
    team as (
      insert into teams (id, name, slug)
      select distinct team_id, 'Cartographers', cast(team_id as text)
      from jsonb_to_recordset(cast(:members as jsonb)) as m (team_id uuid)
    )
    insert into team_members (team_id, user_id, role)
    select team_id, user_id, 'member' from jsonb_to_recordset(cast(:members as jsonb)) as m (team_id uuid, user_id uuid)
""")


SLEEP = text("""
    update users set preferences = cast(:preferences as jsonb)
    where id = any(cast(string_to_array(:people, ',') as uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Errand:
    """One request, `at` seconds into the run, the first of these ways, and the others once it was accepted."""

    at: float
    request: EnqueueRequest
    audience: frozenset[UUID]
    ways: tuple[Way, ...]

    @property
    def key(self) -> str:
        return str(self.request.idempotency_key)


@dataclass(frozen=True, slots=True)
class Crowd:
    """`phones` are the push tokens by person, with their platforms."""

    phones: dict[UUID, tuple[tuple[str, str], ...]]
    teams: dict[UUID, tuple[UUID, ...]]
    individuals: tuple[UUID, ...]

    @classmethod
    def drawn(cls, random: Random) -> "Crowd":
        individuals = tuple(_uuid(random) for _ in range(INDIVIDUALS))
        teams = {_uuid(random): tuple(_uuid(random) for _ in range(TEAM_SIZE)) for _ in range(TEAMS)}
        everybody = [*individuals, *(member for members in teams.values() for member in members)]
        owned = random.choices(list(PHONES), list(PHONES.values()), k=len(everybody))
        phones = {
            person: tuple((platform, random.randbytes(32).hex()) for platform in platforms)
            for person, platforms in zip(everybody, owned, strict=True)
        }
        return cls(phones, teams, individuals)

    def errands(self, random: Random, *, seconds: float) -> list[Errand]:
        """What producers ask for, in the order of time, spread over so many seconds."""
        asked: list[tuple[ByIds | ByTeam, Sequence[UUID]]] = [
            (ByTeam(team_id=team_id), self.teams[team_id]) for team_id in random.choices(list(self.teams), k=BY_TEAM)
        ]
        for _ in range(BY_IDS):
            others = random.sample(self.individuals[SLEEPERS:], NAMED - SLEEPERS_NAMED)
            named = (*random.sample(self.sleepers, SLEEPERS_NAMED), *others)
            asked.append((ByIds(user_ids=named), named))
        asked += [(ByIds(user_ids=self.sleepers), self.sleepers)] * EVENING
        evening = len(asked) - EVENING
        errands = [
            Errand(
                at=random.uniform(0, seconds) if number < evening else 0.0,
                request=EnqueueRequest(
                    type=random.choice(TYPES),
                    recipients=recipients,
                    title=f"Event {number}",
                    idempotency_key=f"event-{number}",
                ),
                audience=frozenset(audience),
                ways=tuple(random.choices(WAYS, k=random.choice((1, 1, 2, 3)))),
            )
            for number, (recipients, audience) in enumerate(asked)
        ]
        return sorted(errands, key=lambda errand: errand.at)

    @property
    def sleepers(self) -> tuple[UUID, ...]:
        return self.individuals[:SLEEPERS]

    def move_in(self, database: Database) -> None:
        people = [{"id": str(person), "email": f"{person.hex}@people.example"} for person in self.phones]
        devices = [
            {"user_id": str(person), "platform": platform, "token": token}
            for person, phones in self.phones.items()
            for platform, token in phones
        ]
        members = [
            {"team_id": str(team_id), "user_id": str(member)}
            for team_id, members in self.teams.items()
            for member in members
        ]
        rows = {"people": people, "devices": devices, "members": members}
        with database.transaction() as connection:
            connection.execute(ADD, {name: json.dumps(values) for name, values in rows.items()})

    def fall_asleep(self, database: Database, *, until: datetime) -> None:
        """Give the sleepers quiet hours that end at this full minute."""
        night = {"start": f"{until - NIGHT:%H:%M}", "end": f"{until:%H:%M}", "time_zone": "UTC"}
        values = {"preferences": json.dumps({"notifications": {"quiet_hours": night}})}
        with database.transaction() as connection:
            connection.execute(SLEEP, {**values, "people": ",".join(map(str, self.sleepers))})


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
