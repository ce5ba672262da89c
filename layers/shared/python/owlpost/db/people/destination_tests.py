"""Writes a test of a destination: a delivery like all others, to it alone."""

from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db.people.destinations import LOCK_OWNER, MINE
from owlpost.domain.destinations import MOST_TESTS_A_DAY, TEST_EVERY, TEST_TYPE
from owlpost.words import Words

#: Whose tests of a day are counted: all of a person, or all of a team's rooms.
FIND_OWNER = text(f"select coalesce(t.team_id, t.user_id) from destinations t where t.id = :id and {MINE}")
#: Takes the right to one test, unless the last one was a moment ago, or its owner had many today.
TAKE_TEST = text(f"""
    update destinations t
    set tested_at = now()
    where t.id = :id and {MINE}
      and (t.tested_at is null or t.tested_at <= now() - make_interval(secs => {TEST_EVERY.total_seconds():.0f}))
      and (
        select count(*) from notifications n
        where (n.user_id = t.user_id or n.user_id is null and n.team_id = t.team_id)
          and n.type = '{TEST_TYPE}' and not n.in_app and n.created_at > now() - interval '1 day'
      ) < {MOST_TESTS_A_DAY}
    returning t.channel, t.label, t.user_id, t.team_id
""")
#: A test is a notification that no inbox shows, with one delivery to the one destination.
ADD_TEST = text(f"""
    with told as (
      insert into notifications (id, user_id, team_id, type, title, body, data, in_app, created_at, request_id)
      values (owlpost_uuid7(), :user_id, :team_id, '{TEST_TYPE}', :title, :body, '{{}}', false, now(), :request_id)
      returning id
    ),
    added as (
      insert into notification_deliveries
        (id, notification_id, channel, status, created_at, queued_at, destination_id, decided_by)
      select owlpost_uuid7(), told.id, :channel, 'pending', now(), now(), :destination_id, 'mandatory'
      from told
      returning id
    )
    update destinations t set test_id = added.id from added where t.id = :destination_id returning t.test_id
""")


def add_test(
    connection: Connection, user_id: UUID, id_: UUID, *, request_id: UUID, words: Words
) -> tuple[str, UUID] | None:
    """Write a test. Return its channel and the id of its delivery; None if it came too soon or too often."""
    values = {"id": id_, "user_id": user_id}
    connection.execute(LOCK_OWNER, {"owner": str(connection.execute(FIND_OWNER, values).scalar())})
    taken = connection.execute(TAKE_TEST, values).one_or_none()
    if taken is None:
        return None
    told = {
        "user_id": taken.user_id,
        "team_id": taken.team_id,
        "title": words("test.title"),
        "body": words("test.place", place=taken.label),
        "request_id": request_id,
        "channel": taken.channel,
        "destination_id": id_,
    }
    delivery_id: UUID = connection.execute(ADD_TEST, told).scalar_one()
    return taken.channel, delivery_id
