"""Pending deliveries: each member of one team has an inbox row and a pending delivery on one channel."""

from uuid import UUID

from sqlalchemy import text

from tests.bench.server import Bench
from tests.support.people import add_team

TELL = text("""
    with request as (
      insert into notification_requests (key_source, idempotency_key, body_hash, type)
      values ('producer', cast(gen_random_uuid() as text), 'none', 'feedback.new')
      returning id
    ),
    inbox as (
      insert into notifications (user_id, team_id, type, title, body, link, data, request_id)
      select m.user_id, m.team_id, 'feedback.new', 'New feedback in Pocket Atlas',
             'Ada: the new map of Iceland is a joy, but it takes long to load on the ferry.', '/dashboard/feedback/1',
             jsonb_build_object('project_id', cast(m.team_id as text)), request.id
      from team_members m, request
      where m.team_id = :team_id
      returning id
    )
    insert into notification_deliveries (notification_id, channel) select id, :channel from inbox returning id
""")


def add_deliveries(bench: Bench, number: int, *, channel: str) -> list[UUID]:
    """Insert this many pending deliveries to people of a new team. Return their ids in order."""
    team_id = add_team(bench.database, members=number)
    with bench.database.transaction() as connection:
        ids = connection.execute(TELL, {"team_id": team_id, "channel": channel}).scalars().all()
    bench.settle()
    return sorted(ids)
