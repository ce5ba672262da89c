"""A burst of which the statistics know nothing: nothing was pending when they were taken, and now thousands are.

Postgres takes its statistics now and then, and of a large table seldom. Whatever way it chooses by them, a statement must read
in proportion to what it is asked for.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from owlpost.db.delivery import deliveries, releases, settle
from owlpost.db.delivery.deliveries import Lease
from owlpost.db.delivery.settle import BatchResult, SettledRow
from owlpost.db.enqueue import recall
from owlpost.db.operator import audit, holds, signs
from owlpost.db.schedules import stuck_work
from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.clock import utc_now
from tests.bench.delivery_rows import TELL
from tests.support.people import add_team

BURST, BATCH = 5_000, 100
#: Rows that may be read for each delivery: it is looked up, locked, judged, changed and told of.
EACH = 15
CHANNELS = ("email", "mobile_push")
#: Their rows are wide, so that the table is as large as one of many times as many.
SENT = text("""
    update notification_deliveries d set status = 'sent', attempted_at = now(), attempt_metadata = jsonb_build_object(
      'wide', (select string_agg(md5(cast(d.id as text) || number), '') from generate_series(1, 55) number)
    )
""")
READ = text("""
    select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'notification_deliveries'
""")


@pytest.fixture
def team(database: Database) -> UUID:
    return add_team(database, members=BURST)


@pytest.fixture
def sudden(database: Database, team: UUID) -> None:
    """Statistics of a time at which all was sent."""
    with database.transaction() as connection:
        connection.execute(text("alter table notification_deliveries set (autovacuum_enabled = false)"))
        connection.execute(TELL, {"team_id": team, "channel": "email"})
        connection.execute(SENT)
        connection.execute(text("analyze"))


def tell(database: Database, team: UUID, channel: str) -> list[UUID]:
    with database.transaction() as connection:
        return list(connection.execute(TELL, {"team_id": team, "channel": channel}).scalars())


@contextmanager
def reading_no_more_than(database: Database, rows: int) -> Iterator[Connection]:
    with database.transaction() as connection:
        before = connection.execute(READ).scalar_one()  # of transactions that are not in the statistics yet
        yield connection
        read = connection.execute(READ).scalar_one() - before
        assert read <= rows, f"{read:,} rows of deliveries were read for {rows:,} at most"


def claimed(connection: Connection, ids: Sequence[UUID], channel: str) -> Lease:
    lease = Lease(uuid4(), uuid4(), 60.0)
    claim = deliveries.claim(connection, ids, channel=NOTIFICATION_CHANNELS[channel], lease=lease)
    assert len(claim.claimed) == len(ids)
    return lease


@pytest.mark.usefixtures("sudden")
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_claim_and_its_settling_read_what_they_are_for(database: Database, team: UUID, channel: str) -> None:
    ids = tell(database, team, channel)[:BATCH]
    with reading_no_more_than(database, BATCH * EACH) as connection:
        lease = claimed(connection, ids, channel)
    rows = [SettledRow(id=each, status="sent", next_attempt_in=None) for each in ids]
    with reading_no_more_than(database, BATCH * EACH) as connection:
        settled = settle.settle(connection, BatchResult(channel=channel, lease_id=lease.id, rows=rows))
    assert settled.delivery_ids == frozenset(ids)


@pytest.mark.usefixtures("sudden")
def test_a_claim_reads_no_other_batches_of_an_outage(database: Database, team: UUID) -> None:
    """All have been tried once, in batches that keep their members."""
    ids = tell(database, team, "email")
    with database.transaction() as connection:
        for number in range(0, BURST, BATCH):
            connection.execute(
                text("""update notification_deliveries
                        set batch_id = :batch, batched_at = now(), batch_size = :size, attempts = 1
                        where id = any(cast(string_to_array(:ids, ',') as uuid[]))"""),
                {"batch": uuid4(), "size": BATCH, "ids": ",".join(map(str, ids[number : number + BATCH]))},
            )
    with reading_no_more_than(database, BATCH * EACH) as connection:
        claimed(connection, ids[:BATCH], "email")


@pytest.mark.usefixtures("sudden")
def test_a_claim_reads_nobody_elses_nights(database: Database, team: UUID) -> None:
    """In the morning thousands wait for one moment."""
    ids = tell(database, team, "email")
    with database.transaction() as connection:
        connection.execute(
            text("""update notification_deliveries set waits_for = 'quiet_hours', next_attempt_at = now() - interval '1 second'
                    where status = 'pending'""")
        )
    with reading_no_more_than(database, BATCH * EACH) as connection:
        claimed(connection, ids[:BATCH], "email")


@pytest.mark.usefixtures("sudden")
def test_a_release_reads_what_waits_once(database: Database, team: UUID) -> None:
    tell(database, team, "email")
    with database.transaction() as connection:
        connection.execute(
            text("""update notification_deliveries set error = 'provider_paused', next_attempt_at = now() + interval '1 hour',
                    batch_id = notification_id where status = 'pending'""")
        )
        connection.execute(
            text("""insert into provider_pauses (channel, provider, reason, opened_at, probe_at, closed_at, released_to)
                    values ('email', 'resend', 'unreachable', now() - interval '1 hour', now(), now(), now())""")
        )
    with reading_no_more_than(database, BURST * 2 + BATCH * EACH) as connection:
        assert len(releases.release(connection, "email", limit=BATCH, per_second=100)) == BATCH


@pytest.mark.usefixtures("sudden")
def test_a_recall_reads_what_it_stops(database: Database, team: UUID) -> None:
    tell(database, team, "email")
    with database.transaction() as connection:
        [request] = connection.execute(
            text("select id from notification_requests order by created_at desc limit 1")
        ).scalars()
    with reading_no_more_than(database, BURST * EACH) as connection:
        assert recall.recall(connection, [request]).stopped == {"email": BURST}


@pytest.mark.usefixtures("sudden")
def test_the_sweep_takes_what_is_stuck_by_its_index(database: Database, team: UUID) -> None:
    tell(database, team, "email")
    with reading_no_more_than(database, BATCH * EACH) as connection:
        connection.execute(stuck_work.TAKE_STUCK_DELIVERIES, {"before": utc_now(), "limit": BATCH})


@pytest.mark.usefixtures("sudden")
def test_who_asks_for_all_that_is_pending_reads_nothing_that_was_sent(database: Database) -> None:
    given = {"now": utc_now(), "overdue_before": utc_now(), "listed": 10}
    for statement in (
        stuck_work.OLDEST_DUE,
        stuck_work.FIND_WORK_LEFT,
        signs.FIND_STORMS,
        signs.FIND_UNDER_WAY,
        audit.OVERDUE_DELIVERIES,
        audit.PENDING,
        holds.LIST_HOLDS,
    ):
        values = {name: given.get(name) for name in statement.compile().params}
        with reading_no_more_than(database, BATCH) as connection:
            connection.execute(statement, values)
