"""Entering the texts of large inboxes: which rows, how many at a time, and what becomes of them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from infra.local.postgres.server import Postgres
from owlpost.db.personal import erasure
from owlpost.db.schedules import texts as queries
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.clock import utc_now
from owlpost.services.schedules.texts import Texts
from tests.support.stage import Stage

#: The fields of a row that is in the inbox.
ROW = """
    insert into notifications (user_id, type, title, body, in_app, read_at, done_at, deleted_at, created_at, request_id)
    select :user_id, 'feedback.new', 'Number ' || n, 'Said', :in_app, :done_at, :done_at, :deleted_at,
           cast(:newest as timestamptz) - n * interval '1 minute', owlpost_uuid7()
    from generate_series(1, :number) n
"""
PLAIN = {"in_app": True, "done_at": None, "deleted_at": None}


@pytest.fixture
def other(postgres: Postgres, database_name: str) -> Iterator[Database]:
    """A second connection."""
    address = DatabaseAddress(host=postgres.host, port=postgres.port, name=database_name, user=postgres.user)
    with closing(Database.at(address)) as database:
        yield database


@pytest.fixture
def put(database: Database) -> Callable[..., UUID]:
    """Puts so many rows into the inbox of somebody new, the first the newest, some hours ago."""

    def put(number: int, *, user_id: UUID | None = None, hours: float = 2, **columns: object) -> UUID:
        values = {"user_id": user_id or uuid4(), "number": number, "newest": utc_now() - timedelta(hours=hours)}
        with database.transaction() as connection:
            connection.execute(text(ROW), {**values, **PLAIN, **columns})
        return UUID(str(values["user_id"]))

    return put


def entered(database: Database, user_id: UUID | None = None) -> list[str]:
    """Return the first lines of the texts, the newest row first."""
    with database.transaction() as connection:
        return list(
            connection.execute(
                text("""
                  select split_part(t.said, e'\\n', 1) from notification_texts t join notifications n on n.id = t.id
                  where t.user_id = n.user_id and (cast(:user_id as uuid) is null or t.user_id = :user_id)
                  order by n.created_at desc, n.id desc
                """),
                {"user_id": user_id},
            ).scalars()
        )


def numbers(first: int, last: int) -> list[str]:
    return [f"number {number}" for number in range(first, last + 1)]


def test_nothing_of_an_inbox_of_up_to_500_is_entered(database: Database, put: Callable[..., UUID]) -> None:
    put(500)
    put(1)
    large = put(503)
    assert Texts(database).enter() == 3
    assert entered(database) == entered(database, large) == numbers(501, 503)
    assert Texts(database).enter() == 0


def test_only_rows_of_the_list_that_are_an_hour_old_are_entered(database: Database, put: Callable[..., UUID]) -> None:
    person = put(3)
    put(4, user_id=person, hours=0.5)
    put(4, user_id=person, in_app=False)
    put(4, user_id=person, deleted_at=utc_now())
    assert Texts(database, left_out=1).enter() == 2
    assert entered(database) == numbers(2, 3)


def test_what_is_done_is_entered_in_its_own_order(database: Database, put: Callable[..., UUID]) -> None:
    person = put(2)
    for hours in (9, 7, 8):
        put(1, user_id=person, hours=hours, in_app=False, done_at=utc_now() - timedelta(hours=12 - hours))
    assert Texts(database, left_out=2).enter() == 1
    with database.transaction() as connection:
        row = connection.execute(
            text("""
              select e.list, n.done_at, e.until_at from notification_texts t
              join notifications n on n.id = t.id join texts_entered e on e.user_id = n.user_id
            """)
        ).one()
    assert (row.list, row.done_at) == ("done", row.until_at)
    assert utc_now() - row.done_at > timedelta(hours=4)


def test_a_run_is_bounded_and_the_next_one_goes_on(database: Database, put: Callable[..., UUID]) -> None:
    person = put(12)
    bounded = Texts(database, left_out=2, rows=3, rounds=2)
    assert bounded.enter() == 6
    assert entered(database) == numbers(7, 12), "the oldest first: the mark says how far they are"
    assert [bounded.enter() for _ in range(3)] == [4, 0, 0]
    assert entered(database) == numbers(3, 12)
    put(2, user_id=person, hours=1.5)
    assert bounded.enter() == 2


def test_people_are_looked_at_a_few_at_a_time_in_a_round(database: Database, put: Callable[..., UUID]) -> None:
    for number in (5, 1, 4, 3):
        put(number)
    bounded = Texts(database, left_out=2, people=1, rounds=3)
    assert sum(bounded.enter() for _ in range(6)) == 3 + 2 + 1
    put(5)
    assert sum(bounded.enter() for _ in range(6)) == 3, "it begins again with the first"


def test_several_people_share_a_batch_and_each_is_entered_from_the_oldest_on(
    database: Database, put: Callable[..., UUID]
) -> None:
    people = [put(6) for _ in range(3)]
    assert Texts(database, left_out=2, rows=6, rounds=1).enter() == 6
    assert {tuple(entered(database, person)) for person in people} == {tuple(numbers(5, 6))}
    assert Texts(database, left_out=2, rows=2).enter() == 6
    assert {tuple(entered(database, person)) for person in people} == {tuple(numbers(3, 6))}


def test_two_runs_at_once_enter_each_row_once(database: Database, other: Database, put: Callable[..., UUID]) -> None:
    people = [put(40) for _ in range(3)]
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda each: Texts(each, left_out=10, rows=7).enter(), (database, other))
        assert sum(runs) == 3 * 30
    assert {tuple(entered(database, person)) for person in people} == {tuple(numbers(11, 40))}


def test_a_row_that_is_deleted_for_good_meanwhile_is_left_out_and_one_that_is_entered_goes_with_its_row(
    database: Database, other: Database, put: Callable[..., UUID]
) -> None:
    put(6)
    with ThreadPoolExecutor(1) as pool:
        with other.transaction() as connection:
            connection.execute(text("delete from notifications where title = 'Number 4'"))
            run = pool.submit(Texts(database, left_out=2).enter)
        assert run.result(timeout=30) == 3
    assert entered(database) == ["number 3", "number 5", "number 6"]
    with database.transaction() as connection:
        connection.execute(text("delete from notifications where title = 'Number 5'"))
    assert entered(database) == ["number 3", "number 6"]


def test_whoever_is_erased_while_their_texts_are_entered_leaves_none(
    database: Database, other: Database, put: Callable[..., UUID]
) -> None:
    """The erasure waits for the batch, which has not seen it, and for no longer."""
    person, stays = put(9), put(9)

    def erase() -> None:
        with database.transaction() as connection:
            erasure.erase(connection, erasure.about(connection, [person]))

    with ThreadPoolExecutor(1) as pool:
        with other.transaction() as connection:
            queries.enter(connection, "inbox", rows=100, people=100, left_out=2)
            erased = pool.submit(erase)
            with pytest.raises(TimeoutError):
                erased.result(timeout=0.5)
        erased.result(timeout=30)
    assert Texts(database, left_out=2).enter() == 0
    with database.transaction() as connection:
        texts, marks = (
            set(connection.execute(text(f"select user_id from {table}")).scalars())
            for table in ("notification_texts", "texts_entered")
        )
    assert texts == marks == {stays}


@pytest.mark.parametrize(("name", "index"), [("inbox", "notifications_inbox_idx"), ("done", "notifications_done_idx")])
def test_each_list_is_read_by_its_index(database: Database, put: Callable[..., UUID], name: str, index: str) -> None:
    """Not the whole table, however few are due. Ways through an empty table cost alike, so there are rows."""
    put(5_000)
    for _ in range(20):
        put(50, done_at=utc_now() - timedelta(hours=2))
    with database.transaction() as connection:
        connection.execute(text("analyze notifications"))
        values = {"after": str(uuid4()), "rows": 1, "people": 1, "left_out": 1}
        plan = "\n".join(connection.execute(text(f"explain {queries.ENTER[name].text}"), values).scalars())
    assert plan.count(f"using {index} on notifications") == 4, plan
    assert "Sort Key: n." not in plan


def test_a_fan_out_touches_no_text(stage: Stage, other: Database) -> None:
    """Their tables are locked meanwhile, and it does not wait."""
    with other.transaction() as connection:
        connection.execute(text("lock table notification_texts, texts_entered in access exclusive mode"))
        assert stage.tell(3)
    assert entered(stage.database) == []
