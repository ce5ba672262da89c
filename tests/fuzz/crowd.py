"""Many signed-in people, so that the HTTP fuzzer meets the code behind the limits of one person."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from sqlalchemy import text

from owlpost.auth import Session, Tokens
from owlpost.db.session import Database
from owlpost.domain import cursors, unsubscribe
from owlpost.domain.clock import utc_now
from owlpost.domain.cursors import NamedPlace, Place, Snapshot
from owlpost.services.people.fair_share import WRITES_A_MINUTE
from tests.support.people import Person, add_device, add_person
from tests.support.projects import add_project

#: Of what is somebody's own: what we have signed.
SIGNED = ["cursor", "cursor of /v1/projects", "seen", "token"]
#: Each of which may write.
REQUESTS = WRITES_A_MINUTE - 10


@dataclass(frozen=True, slots=True)
class Somebody:
    """`owned` has, by the name of a parameter, the id of something that this person may see and change, or what we signed."""

    person: Person
    bearer: str
    owned: dict[str, str]


@dataclass
class Crowd:
    """Hands out one person until their share of requests is used up or their session has ended."""

    database: Database
    key: str
    link_key: str
    _requests: int = 0
    _now: Somebody | None = field(default=None)

    def somebody(self) -> Somebody:
        """Return them with a session of its own for each request: much is done at a session's first alone."""
        if self._now is None or self._requests >= REQUESTS:
            self._now, self._requests = self._newcomer(), 0
        self._requests += 1
        return replace(self._now, bearer=self._token(self._now.person))

    def signed_out(self) -> None:
        """Take another person from now on."""
        self._now = None

    def _token(self, person: Person) -> str:
        return Tokens([self.key]).issue(Session.begin(person.id, person.email, now=utc_now()))

    def _newcomer(self) -> Somebody:
        team_id = uuid4()
        with self.database.transaction() as connection:
            person = add_person(connection)
            device_id = add_device(connection, person, token=uuid4().hex)
            connection.execute(
                text("insert into teams (id, name, slug) values (:team, 'Cartographers', :slug)"),
                {"team": team_id, "slug": team_id.hex},
            )
            connection.execute(
                text("insert into team_members (team_id, user_id, role) values (:team, :person, 'owner')"),
                {"team": team_id, "person": person.id},
            )
            notification_id: UUID = connection.execute(
                text(
                    "insert into notifications (request_id, user_id, type, title)"
                    " values (:request, :person, 'feedback.new', 'Hello') returning id"
                ),
                {"request": uuid4(), "person": person.id},
            ).scalar_one()
            seen: str = connection.execute(text("select cast(pg_current_snapshot() as text)")).scalar_one()
        project, now = add_project(self.database, team_id, created=utc_now()), utc_now()
        return Somebody(
            person,
            self._token(person),
            {
                "team_id": str(team_id),
                "project_id": str(project.id),
                "device_id": str(device_id),
                "notification_id": str(notification_id),
                "invitation_id": str(uuid4()),
                "session_id": str(uuid4()),
                "cursor": cursors.sign(Place(now, notification_id), self.key),
                "cursor of /v1/projects": cursors.sign_named(NamedPlace("Pocket Atlas", project.id), self.key),
                "seen": cursors.sign_seen(Snapshot(seen, now), self.key),
                "token": unsubscribe.sign(person.id, ("feedback.new",), "email", self.link_key),
            },
        )
