"""Somebody with a row in each table that has rows about people, by what the product does and by plain inserts."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from owlpost.db.personal.tables import PERSONAL
from owlpost.domain import json_values
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Sent
from tests.support.people import add_person
from tests.support.services import dispatching
from tests.support.stage import Stage

#: In every text about the person, so that a test can look for it anywhere in the database.
MARK = "zanzibar"

ROWS = """
    insert into retired_devices (
      id, user_id, channel, platform, token, environment, last_seen_at, created_at, registered_at, retired_at
    ) values (owlpost_uuid7(), :id, 'mobile_push', 'ios', :mark || 'dead', 'production', now(), now(), now(), now());
    insert into destinations (id, user_id, channel, sealed, fingerprint, label)
      values (owlpost_uuid7(), :id, 'webhook', :mark, :mark, :mark);
    insert into preference_changes (user_id, path, after, by) values (:id, '/notifications/paused_until', 'null', 'person');
    insert into sessions (id, user_id, device, started_at, last_used_at) values (:mark || :id, :id, :mark, now(), now());
    insert into session_cutoffs (user_id, started_before) values (:id, now());
    insert into lines (user_id, session_id, connection_id, ends_at) values (:id, :mark, :mark, now() + interval '1 hour');
    insert into known_browsers (user_id, browser_hash, last_used_at) values (:id, :mark, now());
    insert into person_writes (user_id, writes) values (:id, 1);
    insert into badge_updates (user_id, queued_at) values (:id, now());
    insert into notification_texts (id, user_id, said) select id, user_id, lower(title) from notifications where user_id = :id;
    insert into texts_entered (user_id, list, until_at, until_id) values (:id, 'inbox', now(), owlpost_uuid7());
    insert into teams (id, name, slug) values (:team_id, 'Cartographers', cast(:team_id as text));
    insert into team_members (team_id, user_id, role) values (:team_id, :id, 'owner');
    insert into destinations (id, team_id, channel, sealed, fingerprint, label, created_by)
      values (owlpost_uuid7(), :team_id, 'webhook', 'sealed', 'print', '#alerts', :id);
    insert into team_invitations (team_id, email, token_hash, invited_by_user_id, expires_at)
      values (:team_id, :email, :mark || :id, owlpost_uuid7(), now());
    insert into team_invitations (team_id, email, token_hash, invited_by_user_id, expires_at)
      values (:team_id, 'friend@people.example', 'friend' || :id, :id, now());
    insert into invitation_attempts (inviter_id, team_id, address, created_at) values (:id, :team_id, :email, now());
    insert into email_verification_codes (email, code_hash, expires_at) values (:email, :mark, now());
    insert into direct_mails (template, address, status) values ('verification_code', :email, 'sent');
    insert into sign_in_attempts (kind, email, source) values ('send', :email, '192.0.2.1');
    insert into email_suppressions (address, reason, detail) values (:email, 'complained', cast(:detail as jsonb));
    insert into security_events (kind, actor, created_at) values ('signed_in', :id, now())
"""


@dataclass(frozen=True, slots=True)
class Known:
    id: UUID
    email: str
    #: A mail that was sent, and a push that is pending.
    mail: UUID
    push: UUID


def known_person(stage: Stage, name: str = MARK) -> Known:
    """Add somebody who got a mail, has a push to come, and a row in each of the other tables."""
    email = f"{name}@people.example"
    with stage.database.transaction() as connection:
        person = add_person(connection, email=email.title(), device=f"{name}-token")
    body = {
        "type": "feedback.new",
        "recipients": {"user_ids": [str(person.id)]},
        "title": f"Dear {name}",
        "body": name,
        "link": f"/{name}",
        "data": {"name": name},
    }
    dispatching(stage.database, stage.queues, stage.clock).enqueue(body, platform_key=Key("lambda", str(uuid4())))
    mail, push = (_delivery(stage, person.id, channel) for channel in ("email", "mobile_push"))
    stage.adapter.script = lambda _delivery: Sent({"provider_id": f"{name}-mail"})
    stage.deliver([mail])
    values = {
        "id": str(person.id),
        "email": email,
        "mark": name,
        "team_id": str(uuid4()),
        "detail": json_values.compact({"message": f"{email} is annoyed"}),
    }
    for statement in ROWS.split(";"):
        stage.change(statement, **{key: value for key, value in values.items() if f":{key}" in statement})
    return Known(person.id, email, mail, push)


def rows_with(connection: Connection, *words: object) -> dict[str, int]:
    """Return by table the number of rows in which one of the words stands anywhere."""
    tables = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
    found = {
        table: connection.execute(
            text(f"select count(*) from {table} t where lower(cast(to_jsonb(t) as text)) ~ :words"),
            {"words": "|".join(str(word).lower() for word in words)},
        ).scalar_one()
        for table in tables
    }
    return {table: number for table, number in found.items() if number}


def _delivery(stage: Stage, user_id: UUID, channel: str) -> UUID:
    with stage.database.transaction() as connection:
        found = connection.execute(
            text(
                "select d.id from notification_deliveries d join notifications n on n.id = d.notification_id"
                " where n.user_id = :user_id and d.channel = :channel"
            ),
            {"user_id": user_id, "channel": channel},
        )
        return UUID(str(found.scalar_one()))


EVERY_TABLE = {table.name for table in PERSONAL}
