"""Searching large inboxes: what the index of texts leads to is what a walk would have found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from owlpost.db.people import inbox_search, inbox_texts
from owlpost.db.schedules import texts as queries
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.cursors import Place
from owlpost.domain.inbox import Chosen, Listed, ReadState
from owlpost.services.schedules.texts import Texts
from tests.integration.api.conftest import Inbox
from tests.integration.api.test_inbox_acts import act, undo
from tests.integration.api.test_inbox_search import add_project, found
from tests.support.api import ApiClient
from tests.support.people import Person

STATES: list[ReadState] = ["all", "unread", "read", "done", "snoozed"]
LONG_AGO = timedelta(days=30)
#: Letters whose lower case is longer or is two, signs of patterns and quotes, a mark that combines, a letter of four bytes.
LETTERS = "aabbAB1%_\\'\" İıßﬀΣσςé\u0301ǅ🦉\u202e"
SAID = st.text(LETTERS, max_size=9)


@dataclass
class Asked:
    """How often the index was asked, and how often its answer was taken."""

    times: int = 0
    taken: int = 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    search = inbox_texts.search

    def noted(*args: Any) -> Listed | None:
        listed = search(*args)
        asked.times += 1
        asked.taken += listed is not None
        return listed

    monkeypatch.setattr(inbox_texts, "search", noted)
    return asked


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer looks through two rows, and so does each walk that is tried before the index."""
    monkeypatch.setattr(inbox_search, "FIRST_LOOK", 2)


@pytest.fixture
def cleanup(database: Database) -> Texts:
    """Leaves the two newest rows out."""
    return Texts(database, left_out=2)


def ids_in(listed: Listed) -> list[str]:
    return [part.partition('"')[0] for part in listed.entries.split('{"id":"')[1:]]


def pages(
    database: Database, user_id: UUID, chosen: Chosen, *, limit: int, begin: Place | None = None
) -> Iterator[list[str]]:
    after = begin
    while True:
        with database.reading() as connection:
            listed = inbox_search.search(connection, user_id, chosen=chosen, after=after, limit=limit)
        yield ids_in(listed)
        after = listed.next
        if after is None:
            return


def walked(database: Database, user_id: UUID, chosen: Chosen) -> list[str]:
    """Return the ids by one walk through all rows."""
    values = inbox_search.searched(user_id, chosen, None, 200) | {"looked_through": 10_000}
    with database.reading() as connection:
        page = connection.execute(inbox_search.found(chosen.read_state, len(chosen.words)), values).one()
    return [part.partition('"')[0] for part in page.entries.split('{"id":"')[1:]]


def search_on(api: ApiClient, q: str, **more: object) -> list[str]:
    """Return all ids, asked for page after page as the page does."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get("/v1/notifications", q=q, cursor=cursor, **more).body
        seen += [row["id"] for row in page["notifications"]]
        cursor = page["cursor"]
    return seen


def fill(inbox: Inbox, titles: list[str], *, ago: timedelta = LONG_AGO) -> list[str]:
    """Put one row for each title, the newest first, long ago."""
    begin = utc_now() - ago
    return [
        inbox.put(title=title, created_at=begin - timedelta(minutes=number))[0] for number, title in enumerate(titles)
    ]


def texts(database: Database) -> dict[str, str]:
    with database.transaction() as connection:
        rows = connection.execute(text("select id, said from notification_texts"))
        return {str(row.id): row.said for row in rows}


@dataclass(frozen=True)
class Row:
    title: str
    body: str | None
    state: str
    minute: int


ROWS = st.lists(
    st.builds(
        Row,
        SAID,
        st.none() | SAID,
        st.sampled_from(["new", "new", "read", "done", "gone", "snoozed"]),
        st.integers(0, 5),
    ),
    max_size=14,
)


def insert(database: Database, user_id: UUID, rows: list[Row], begin: datetime) -> None:
    """Rows of one minute stand in the order of their ids; those in `done` were done in another order than they came."""
    with database.transaction() as connection:
        for row in rows:
            at = begin - timedelta(minutes=row.minute)
            connection.execute(
                text("""
                  insert into notifications
                    (user_id, type, title, body, in_app, read_at, done_at, deleted_at, created_at, snoozed_from, request_id)
                  values (:user_id, 'feedback.new', :title, :body, :in_app, :read_at, :done_at, :deleted_at, :created_at,
                    :snoozed_from, owlpost_uuid7())
                """),
                {
                    "user_id": user_id,
                    "title": row.title,
                    "body": row.body,
                    "in_app": row.state != "done",
                    "read_at": at if row.state in ("read", "done") else None,
                    "done_at": begin + timedelta(minutes=row.minute) if row.state == "done" else None,
                    "deleted_at": at if row.state == "gone" else None,
                    "created_at": utc_now() + timedelta(days=1) if row.state == "snoozed" else at,
                    "snoozed_from": at if row.state == "snoozed" else None,
                },
            )


@st.composite
def searches(draw: st.DrawFn) -> tuple[list[Row], list[str]]:
    """Rows, and words of which some stand in them."""
    rows = draw(ROWS)
    said = [each for row in rows for each in (row.title, row.body) if each]
    parts = [part for each in said for part in each.split()] or ["aba"]
    words = draw(
        st.lists(
            st.sampled_from(parts) | SAID.filter(str.strip).map(lambda each: each.split()[0]), min_size=1, max_size=2
        )
    )
    begin, length = draw(st.integers(0, 2)), draw(st.integers(1, 6))
    return rows, [word[begin : begin + length] or word for word in words]


@pytest.mark.parametrize("most_likely", [1_000, 1])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(([Row("ab_ab1", None, "new", each) for each in range(6)], ["b_ab1"]), 1, 1, 1)
@example(([Row("ab1%", "\\ab1", "new", each) for each in range(6)], ["ab1%", "\\ab1"]), 2, 1, 2)
@example(([Row("ab1\\", None, "new", each) for each in range(6)], ["ab1\\"]), 1, 2, 3)
@example(([Row("aİßﬀΣσς", "é\u0301abb", "read", each) for each in range(6)], ["İßﬀΣ", "\u0301ABB"]), 1, 2, 3)
@given(searches(), st.integers(0, 8), st.integers(1, 3), st.integers(1, 4))
def test_the_index_leads_to_what_a_walk_finds_in_the_same_order(
    database: Database, most_likely: int, search: tuple[list[Row], list[str]], left_out: int, limit: int, looked: int
) -> None:
    rows, words = search
    user_id = uuid4()
    insert(database, user_id, rows, utc_now() - LONG_AGO)
    Texts(database, left_out=left_out, rows=3).enter()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(inbox_search, "LOOKED_THROUGH", looked)
        patched.setattr(inbox_search, "FIRST_LOOK", 1)
        patched.setattr(inbox_texts, "MOST_LIKELY", most_likely)
        for state in STATES:
            chosen = Chosen(read_state=state, words=words)
            seen = [id_ for page in pages(database, user_id, chosen, limit=limit) for id_ in page]
            assert seen == walked(database, user_id, chosen), state


def test_a_word_that_only_old_rows_have_is_found_by_the_second_answer_however_few_rows_a_walk_looks_through(
    api: ApiClient, inbox: Inbox, cleanup: Texts, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(inbox, ["Usual"] * 20 + ["Rare"] + ["Usual"] * 8 + ["Rare"])
    cleanup.enter()
    monkeypatch.setattr(inbox_search, "LOOKED_THROUGH", 3)
    answers = list(pages(inbox.database, inbox.person.id, Chosen(words=["rare"]), limit=50))
    assert answers == [[], [ids[20], ids[29]]]
    assert (asked.times, asked.taken) == (1, 1)
    assert list(pages(inbox.database, inbox.person.id, Chosen(words=["absent"]), limit=50)) == [[], []]
    assert search_on(api, "RARE", limit=1) == [ids[20], ids[29]]
    assert asked.taken == asked.times > 2


def test_rows_that_came_since_are_walked_as_far_as_one_answer_looks_before_the_index_is_asked(
    inbox: Inbox, cleanup: Texts, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fill(inbox, ["Usual"] * 4 + ["Rare old"] + ["Usual"] * 5, ago=2 * LONG_AGO)[4]
    cleanup.enter()
    new = fill(inbox, ["Usual"] * 7 + ["Rare new"] + ["Usual"])
    monkeypatch.setattr(inbox_search, "LOOKED_THROUGH", 4)
    answers = list(pages(inbox.database, inbox.person.id, Chosen(words=["rare"]), limit=50))
    assert [id_ for page in answers for id_ in page] == [new[7], old]
    assert answers[:2] == [[], []]
    assert len(answers) == 4
    assert asked.taken == asked.times


@pytest.mark.parametrize("word", ["ra", "r-a", "...", "%_%", "日本"])
def test_a_word_without_three_letters_in_a_row_is_walked_for(
    api: ApiClient, inbox: Inbox, cleanup: Texts, asked: Asked, word: str
) -> None:
    ids = fill(inbox, ["Usual"] * 8 + [f"Rare {word}"])
    cleanup.enter()
    assert search_on(api, word) == [ids[8]]
    assert asked.times == 0


def test_a_word_in_a_projects_name_is_walked_for(
    api: ApiClient, inbox: Inbox, ada: Person, team: Callable[..., str], cleanup: Texts, asked: Asked
) -> None:
    project = add_project(inbox.database, team(owner=ada), "Pocket Atlas")
    fill(inbox, ["Usual"] * 6)
    [by_project] = inbox.put(data=f'{{"project_id": "{project}"}}', created_at=utc_now() - 2 * LONG_AGO)
    [by_title] = inbox.put(title="An atlas", created_at=utc_now() - 3 * LONG_AGO)
    cleanup.enter()
    assert search_on(api, "atlas") == [by_project, by_title]
    assert (asked.times, asked.taken) == (1, 0)


def test_a_frequent_word_does_not_read_all_rows_that_have_it(
    api: ApiClient, inbox: Inbox, cleanup: Texts, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(inbox, ["Usual"] * 6 + ["Frequent"] * 4)
    cleanup.enter()
    monkeypatch.setattr(inbox_texts, "MOST_LIKELY", 3)
    assert search_on(api, "frequent") == ids[6:]
    assert asked.taken == 0
    monkeypatch.setattr(inbox_texts, "MOST_LIKELY", 4)
    assert search_on(api, "frequent") == ids[6:]
    assert asked.taken == 1


def test_nobody_finds_what_is_anothers_deleted_or_of_another_list(
    api: ApiClient, inbox: Inbox, bo: Person, cleanup: Texts, asked: Asked
) -> None:
    fill(Inbox(inbox.database, bo), ["Secret"] * 9)
    ids = fill(inbox, ["Usual"] * 5 + ["Secret"] * 4)
    cleanup.enter()
    assert search_on(api, "secret") == ids[5:]
    api.delete(f"/v1/notifications/{ids[5]}")
    act(api, "done", ids[6])
    api.patch(f"/v1/notifications/{ids[7]}", {"read": True})
    assert search_on(api, "secret") == ids[7:]
    assert search_on(api, "secret", read_state="unread") == [ids[8]]
    assert search_on(api, "secret", read_state="done") == [ids[6]]
    assert search_on(api, "secret", type="issue.new") == []
    assert asked.taken


def test_what_changed_its_words_is_found_by_those_it_has(api: ApiClient, inbox: Inbox, cleanup: Texts) -> None:
    """A text that was entered shows nothing by itself."""
    ids = fill(inbox, ["Usual"] * 6 + ["Former"])
    cleanup.enter()
    with inbox.database.transaction() as connection:
        connection.execute(text("update notifications set title = 'Later' where id = :id"), {"id": ids[6]})
    assert search_on(api, "former") == []


def test_a_word_that_is_frequent_with_others_is_looked_for_in_the_index(database: Database) -> None:
    """The statistics know that it is frequent, and not with whom."""
    person, other = uuid4(), uuid4()
    with database.transaction() as connection:
        connection.execute(
            text("""
              with n as (
                insert into notifications (user_id, type, title, request_id)
                select case mod(n, 2) when 0 then cast(:person as uuid) else cast(:other as uuid) end, 'feedback.new',
                       case mod(n, 2) when 0 then 'Usual' else 'Frequent' end, owlpost_uuid7()
                from generate_series(1, 6000) n
                returning id, user_id, title
              )
              insert into notification_texts (id, user_id, said) select id, user_id, lower(title) || repeat(' more', 20) from n
            """),
            {"person": person, "other": other},
        )
        connection.execute(text("analyze notification_texts"))
        chosen = Chosen(words=["frequent"])
        values = inbox_search.searched(person, chosen, None, 50) | inbox_texts.asked(chosen)
        plan = "\n".join(connection.execute(text(f"explain {inbox_texts.found('all', 1).text}"), values).scalars())
    assert "Bitmap Index Scan on notification_texts_said" in plan


AWAY_AND_BACK: dict[str, Callable[[ApiClient, str], Callable[[], object]]] = {
    "done and undone": lambda api, id_: _undoing(api, act(api, "done", id_)),
    "deleted and undone": lambda api, id_: _undoing(api, act(api, "delete", id_)),
    "snoozed and undone": lambda api, id_: _undoing(api, act(api, "snooze", id_, seconds=3_600)),
    "snoozed and woken": lambda api, id_: (
        act(api, "snooze", id_, seconds=3_600),
        lambda: act(api, "wake", id_),
    )[1],
    "done and unread": lambda api, id_: (
        act(api, "done", id_),
        lambda: api.patch(f"/v1/notifications/{id_}", {"read": False}),
    )[1],
}


def _undoing(api: ApiClient, acted: Any) -> Callable[[], object]:
    return lambda: undo(api, acted)


@pytest.mark.parametrize("how", AWAY_AND_BACK)
def test_what_was_away_while_its_place_was_entered_is_found_when_it_is_back(
    api: ApiClient, inbox: Inbox, cleanup: Texts, asked: Asked, how: str
) -> None:
    ids = fill(inbox, ["Usual"] * 5 + ["Rare"] + ["Usual"] * 3)
    come_back = AWAY_AND_BACK[how](api, ids[5])
    cleanup.enter()
    come_back()
    assert search_on(api, "rare") == [ids[5]]
    assert asked.taken


def test_what_comes_back_while_a_batch_is_entered_is_found(
    api: ApiClient, inbox: Inbox, cleanup: Texts, asked: Asked
) -> None:
    """It waits for the batch, which has not seen it."""
    ids = fill(inbox, ["Usual"] * 5 + ["Rare"] + ["Usual"] * 3)
    done = act(api, "done", ids[5])
    with inbox.database.transaction() as connection:
        queries.enter(connection, "inbox", rows=100, people=100, left_out=2)
        undoing = Thread(target=undo, args=(api, done))
        undoing.start()
        undoing.join(0.3)
        assert undoing.is_alive()
    undoing.join(30)
    assert search_on(api, "rare") == [ids[5]]
    assert asked.taken


def test_reading_touches_no_text(api: ApiClient, inbox: Inbox, cleanup: Texts) -> None:
    """Nor does anything else that everybody does: the table is locked meanwhile, and nothing waits."""
    ids = fill(inbox, ["Usual"] * 6)
    cleanup.enter()
    before = texts(inbox.database)
    with inbox.database.transaction() as connection:
        connection.execute(text("lock table notification_texts, texts_entered in access exclusive mode"))
        assert api.patch(f"/v1/notifications/{ids[0]}", {"read": True}).status == 200
        act(api, "done", ids[1])
        act(api, "snooze", ids[2], seconds=3_600)
        act(api, "delete", ids[3])
        assert api.post("/v1/notifications/mark-all-read", {}).body["marked"] == 2
        assert found(api, "usual") != []
    assert texts(inbox.database) == before
