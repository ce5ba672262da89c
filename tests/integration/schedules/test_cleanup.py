from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text

from functions import cleanup as cleanup_function
from owlpost.db.session import Database
from owlpost.domain.errors import Misconfigured
from owlpost.queue import Queues
from owlpost.services.badge_requests import BadgeRequests
from owlpost.services.schedules.cleanup import BATCH, Cleanup
from owlpost.services.schedules.departed import BELIEVED, Departed
from owlpost.services.schedules.texts import Texts
from owlpost.settings_sections import RetentionSettings
from tests.support.clock import FakeClock
from tests.support.known_people import known_person, rows_with
from tests.support.people import add_person
from tests.support.services import sweeping
from tests.support.stage import Stage
from tests.support.unread_queues import unread_queues
from tests.support.wired import Context, Wired

NOTHING = dict.fromkeys(
    (
        "read_notifications",
        "unread_notifications",
        "deleted_notifications",
        "receipts",
        "canary_receipts",
        "canaries",
        "verification_codes",
        "direct_mails",
        "invitations",
        "retired_devices",
        "push_tallies",
        "withdrawn_invitations",
        "webhook_events",
        "security_events",
        "preference_changes",
        "ended_holds",
        "sessions",
        "unseen_browsers",
        "known_browsers",
        "lines",
        "departed_people",
    ),
    0,
)


@pytest.fixture
def cleanup(database: Database, clock: FakeClock, queues: Queues) -> Cleanup:
    badges = BadgeRequests(database, lambda: queues, updates=True)
    sweep = sweeping(database, unread_queues(), clock)
    departed, texts = Departed(database, clock), Texts(database)
    return Cleanup(database, RetentionSettings(), clock, sweep, badges.queue, departed, texts)


@pytest.fixture
def ago(clock: FakeClock) -> Any:
    return lambda **by: clock() - timedelta(**by)


def insert(database: Database, table: str, **values: object) -> None:
    columns = ", ".join(values)
    places = ", ".join(f":{column}" for column in values)
    with database.transaction() as connection:
        connection.execute(text(f"insert into {table} ({columns}) values ({places})"), values)


def account(database: Database) -> UUID:
    with database.transaction() as connection:
        return add_person(connection).id


def add_notification(database: Database, title: str, **columns: object) -> None:
    """An inbox row with one delivery."""
    columns.setdefault("user_id", account(database))
    row = {"id": uuid4(), "type": "feedback.new", "title": title, "request_id": uuid4(), **columns}
    insert(database, "notifications", **row)
    insert(database, "notification_deliveries", notification_id=row["id"], channel="email", status="sent")


def titles(database: Database, where: str = "true") -> set[str]:
    with database.transaction() as connection:
        return set(connection.execute(text(f"select title from notifications where {where}")).scalars())


def run(cleanup: Cleanup) -> dict[str, int]:
    """What was deleted of each kind, where anything was."""
    return {kind: number for kind, number in cleanup.run().items() if number}


def test_read_rows_leave_the_inbox_after_30_days_and_unread_ones_after_180(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    add_notification(database, "read long ago", read_at=ago(days=30, seconds=1), created_at=ago(days=40))
    add_notification(database, "read lately", read_at=ago(days=30), created_at=ago(days=400))
    add_notification(database, "never read", created_at=ago(days=180, seconds=1))
    add_notification(database, "not read yet", created_at=ago(days=180))
    assert run(cleanup) == {"read_notifications": 1, "unread_notifications": 1}
    assert titles(database, "deleted_at is null") == {"read lately", "not read yet"}
    assert len(titles(database)) == 4
    assert cleanup.run() == NOTHING


def test_the_icons_of_people_whose_unread_rows_left_the_inbox_follow(
    cleanup: Cleanup, database: Database, ago: Any, queues: Queues
) -> None:
    """One update for each person with an iPhone, however many of their rows left; none for a row outside the inbox."""
    with database.transaction() as connection:
        owner, stranger = (add_person(connection, device=uuid4().hex).id for _ in range(2))
    for _ in range(2):
        add_notification(database, "never read", user_id=owner, created_at=ago(days=181))
    add_notification(database, "pushed only", user_id=stranger, in_app=False, created_at=ago(days=181))
    add_notification(database, "no phone", created_at=ago(days=181))
    assert run(cleanup) == {"unread_notifications": 4}
    answer = queues.client.get_queue_attributes(
        QueueUrl=queues.urls["mobile_push"],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"],
    )
    assert sum(map(int, answer["Attributes"].values())) == 1
    with database.transaction() as connection:
        assert connection.execute(text("select user_id from badge_updates")).scalars().all() == [owner]


def test_what_left_the_inbox_is_gone_after_90_days_and_its_deliveries_with_it(
    cleanup: Cleanup, database: Database, ago: Any, clock: FakeClock
) -> None:
    add_notification(database, "long ago", deleted_at=ago(days=90, seconds=1))
    add_notification(database, "lately", deleted_at=ago(days=90))
    assert run(cleanup) == {"deleted_notifications": 1}
    assert titles(database) == {"lately"}
    with database.transaction() as connection:
        assert connection.execute(text("select count(*) from notification_deliveries")).scalar_one() == 1
    clock.advance(seconds=1)
    assert run(cleanup) == {"deleted_notifications": 1}


def test_what_was_read_is_deleted_for_good_90_days_after_it_left_and_not_before(
    cleanup: Cleanup, database: Database, ago: Any, clock: FakeClock
) -> None:
    add_notification(database, "read", read_at=ago(days=300), created_at=ago(days=300))
    assert run(cleanup) == {"read_notifications": 1}
    clock.advance(days=90)
    assert run(cleanup) == {}
    clock.advance(seconds=1)
    assert run(cleanup) == {"deleted_notifications": 1}


def test_receipts_go_after_30_days_unless_chunks_of_theirs_are_still_to_come(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    for key, days, unfinished in (("old", 31, None), ("at work", 31, "{}"), ("young", 29, None)):
        insert(
            database,
            "notification_requests",
            key_source="producer",
            idempotency_key=key,
            body_hash="",
            type="feedback.new",
            created_at=ago(days=days),
            unfinished=unfinished,
        )
    assert run(cleanup) == {"receipts": 1}
    with database.transaction() as connection:
        keys = set(connection.execute(text("select idempotency_key from notification_requests")).scalars())
    assert keys == {"at work", "young"}


def test_codes_go_after_a_day(cleanup: Cleanup, database: Database, ago: Any) -> None:
    for hours in (23, 25):
        insert(
            database,
            "email_verification_codes",
            email="a@b",
            code_hash="",
            expires_at=ago(hours=hours),
            created_at=ago(hours=hours),
        )
    assert run(cleanup) == {"verification_codes": 1}


def test_what_became_of_direct_mails_goes_after_30_days(cleanup: Cleanup, database: Database, ago: Any) -> None:
    for days in (29, 31):
        insert(
            database, "direct_mails", template="new_sign_in", address="a@b", status="sent", created_at=ago(days=days)
        )
    assert run(cleanup) == {"direct_mails": 1}


def test_what_is_remembered_of_a_providers_events_goes_after_30_days(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    for id_, days in (("old", 31), ("young", 29)):
        insert(database, "webhook_events", id=id_, received_at=ago(days=days))
    assert run(cleanup) == {"webhook_events": 1}


def test_the_security_trail_goes_after_180_days_and_sessions_when_no_token_is_valid(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    for days in (179, 181):
        insert(database, "security_events", kind="signed_in", created_at=ago(days=days))
    for days in (90, 92):
        started = {"started_at": ago(days=days), "last_used_at": ago(days=days)}
        insert(database, "sessions", id=str(days), user_id=account(database), **started)
    for days in (399, 401):
        insert(database, "known_browsers", user_id=account(database), browser_hash="b", last_used_at=ago(days=days))
    assert run(cleanup) == {"security_events": 1, "sessions": 1, "known_browsers": 1}


def test_a_line_or_ticket_that_ended_without_a_word_is_deleted(cleanup: Cleanup, database: Database, ago: Any) -> None:
    person = account(database)
    for days in (-1, 1):
        more = {"user_id": person, "session_id": "s", "ends_at": ago(days=days)}
        insert(database, "lines", connection_id=f"c{days}", **more)
        insert(database, "lines", ticket_hash=f"t{days}", **more)
    assert run(cleanup) == {"lines": 2}


def test_a_browser_that_was_not_seen_for_90_days_is_told_nothing_more_and_other_destinations_stay(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    person = account(database)
    for kind, days in (("subscription", 89), ("subscription", 91), ("url", 91)):
        sealed = {"sealed": "s", "fingerprint": f"{kind} {days}", "label": "l", "kind": kind, "state": "live"}
        insert(database, "destinations", id=uuid4(), user_id=person, channel="c", last_seen_at=ago(days=days), **sealed)
    assert run(cleanup) == {"unseen_browsers": 1}


def test_invitations_go_30_days_after_they_expired_unless_they_were_accepted(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    team_id, owner_id = uuid4(), uuid4()
    insert(database, "users", id=owner_id, email="owner@b", name="Owner")
    insert(database, "teams", id=team_id, name="Team", slug="team")
    insert(database, "team_members", team_id=team_id, user_id=owner_id, role="owner")
    for email, days, accepted_at in (("old@b", 31, None), ("accepted@b", 31, ago(days=32)), ("young@b", 29, None)):
        insert(
            database,
            "team_invitations",
            team_id=team_id,
            email=email,
            token_hash=email,
            invited_by_user_id=owner_id,
            expires_at=ago(days=days),
            accepted_at=accepted_at,
        )
    assert run(cleanup) == {"invitations": 1}
    with database.transaction() as connection:
        left = set(connection.execute(text("select email from team_invitations")).scalars())
    assert left == {"accepted@b", "young@b"}
    with database.transaction() as connection:
        connection.execute(text("update team_members set role = 'member'"))
    assert run(cleanup) == {"withdrawn_invitations": 1}


@contextmanager
def row_counts(database: Database) -> Iterator[list[int]]:
    """How many rows each statement touches meanwhile."""
    seen: list[int] = []

    def note(_connection: Any, cursor: Any, *_rest: Any) -> None:
        seen.append(cursor.rowcount)

    event.listen(database.engine, "after_cursor_execute", note)
    yield seen
    event.remove(database.engine, "after_cursor_execute", note)


@pytest.mark.parametrize("plan", ["as_it_comes", "nested_loops"])
def test_much_is_deleted_in_bounded_batches_and_counted_whole(
    cleanup: Cleanup, database: Database, clock: FakeClock, plan: str
) -> None:
    many = 2 * BATCH + 1
    with database.transaction() as connection:
        if plan == "nested_loops":  # Postgres takes them by itself where its statistics are old
            for other in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
                connection.exec_driver_sql(f"set enable_{other} = off")
        connection.execute(
            text("""
                insert into email_verification_codes (email, code_hash, expires_at, created_at)
                select 'a@b', '', :old, :old from generate_series(1, :many)
            """),
            {"old": clock() - timedelta(days=2), "many": many},
        )
    with row_counts(database) as seen:
        assert run(cleanup) == {"verification_codes": many}
    assert max(seen) == BATCH


def test_a_batch_passes_by_what_somebody_else_is_working_on(
    cleanup: Cleanup, database: Database, another_database: Database, ago: Any
) -> None:
    add_notification(database, "free", read_at=ago(days=31))
    add_notification(database, "held", read_at=ago(days=31))
    with another_database.transaction() as connection:
        connection.execute(text("select from notifications where title = 'held' for update"))
        assert run(cleanup) == {"read_notifications": 1}
    assert run(cleanup) == {"read_notifications": 1}


def test_how_long_things_are_kept_is_a_setting_of_the_function(wired: Wired, database: Database, ago: Any) -> None:
    add_notification(database, "read", read_at=ago(days=8))
    wired.as_function("cleanup", RETENTION_READ_DAYS="7")
    answer = cleanup_function.handler({}, Context())
    assert answer == {"deleted": {**NOTHING, "read_notifications": 1}}


def test_a_choice_that_was_changed_long_ago_goes_and_the_one_that_stands_stays(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    change = {"user_id": account(database), "path": "/notifications/types/feedback.new/email", "by": "person"}
    insert(database, "preference_changes", **change, at=ago(days=900))
    insert(database, "preference_changes", **change, at=ago(days=400, seconds=1))
    insert(database, "preference_changes", **change, at=ago(days=399))
    insert(database, "preference_changes", **{**change, "path": "/notifications/paused_until"}, at=ago(days=900))
    assert run(cleanup) == {"preference_changes": 2}
    assert run(cleanup) == {}


def test_holds_that_have_ended_go_after_90_days_and_open_ones_stay(
    cleanup: Cleanup, database: Database, ago: Any
) -> None:
    hold = {"reason": "wrong words", "created_by": "ada", "created_at": ago(days=200)}
    insert(database, "holds", **hold, ended_at=ago(days=90, seconds=1))
    insert(database, "holds", **hold, until=ago(days=90, seconds=1))
    insert(database, "holds", **hold, until=ago(days=89))
    insert(database, "holds", **hold, ended_at=ago(days=89))
    insert(database, "holds", **hold)
    assert run(cleanup) == {"ended_holds": 2}


def test_what_is_left_of_people_whose_account_the_host_has_deleted_is_erased(
    cleanup: Cleanup, stage: Stage, database: Database
) -> None:
    gone, other = known_person(stage), known_person(stage, "bob")
    with database.transaction() as connection:
        others = rows_with(connection, "bob", other.id)
        connection.execute(text("delete from users where id = :id"), {"id": gone.id})
    assert run(cleanup)["departed_people"] == 1
    with database.transaction() as connection:
        # What is known by the address alone goes too: the mail that was sent says whose it was.
        assert rows_with(connection, "zanzibar") == {}
        assert set(rows_with(connection, gone.id)) == {"security_events"}
        # The invitation that bob got goes by a rule of its own: its inviter has no account.
        assert rows_with(connection, "bob", other.id) == {**others, "team_invitations": 1}
    assert "departed_people" not in run(cleanup)


def test_a_host_that_has_lost_its_accounts_loses_nothing_here(cleanup: Cleanup, database: Database) -> None:
    for number in range(BELIEVED + 1):
        add_notification(database, f"hello {number}")
    with database.transaction() as connection:
        connection.execute(text("delete from users"))
    with pytest.raises(Misconfigured, match="nobody was erased"):
        cleanup.run()
    assert len(titles(database, "title like 'hello%'")) == BELIEVED + 1
