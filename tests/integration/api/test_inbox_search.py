"""Searching and narrowing the inbox."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.db.people import inbox_search
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from tests.integration.api.conftest import Inbox, signed_in
from tests.support.api import ApiClient
from tests.support.people import Person

NASTY = ["%", "_", "\\", "'", '"', "'; drop table users; --", "a:*", "!", "&|", "(", "[a-z]+", "\u202eabc", "🦉", "ﬀ"]
NASTY += ["{}", "x" * 200, ":words", "$1", "%s", "nothing here"]


def found(api: ApiClient, q: str, **more: object) -> list[str]:
    answer = api.get("/v1/notifications", q=q, **more)
    assert answer.status == 200, answer.body
    return [row["id"] for row in answer.body["notifications"]]


def add_project(database: Database, team_id: str, name: str) -> str:
    with database.transaction() as connection:
        id_: UUID = connection.execute(
            text("insert into projects (team_id, name) values (:team_id, :name) returning id"),
            {"team_id": team_id, "name": name},
        ).scalar_one()
    return str(id_)


def test_words_are_found_in_titles_bodies_and_projects_in_any_case_and_order(
    api: ApiClient, inbox: Inbox, database: Database, ada: Person, team: Callable[..., str]
) -> None:
    project = add_project(database, team(owner=ada), "Pocket Atlas")
    [by_title] = inbox.put(title="A Crash on START")
    [by_body] = inbox.put(body="it will crash,\nsaid Müller", created_at=utc_now() - timedelta(minutes=1))
    [by_project] = inbox.put(data=f'{{"project_id": "{project}"}}', created_at=utc_now() - timedelta(minutes=2))
    assert found(api, "crash") == [by_title, by_body]
    assert found(api, "start crash") == [by_title]
    assert found(api, "MÜLLER") == [by_body]
    assert found(api, "rash") == [by_title, by_body]
    assert found(api, "atlas feedback") == [by_project]
    assert found(api, "  ") == [by_title, by_body, by_project]


def test_a_project_of_a_team_that_is_not_theirs_has_no_name_here(
    api: ApiClient, inbox: Inbox, database: Database, bo: Person, team: Callable[..., str]
) -> None:
    project = add_project(database, team(owner=bo), "Secret Atlas")
    inbox.put(data=f'{{"project_id": "{project}"}}')
    assert found(api, "atlas") == []


@pytest.mark.parametrize("q", NASTY)
def test_whatever_is_asked_for_is_only_text(api: ApiClient, inbox: Inbox, q: str) -> None:
    [harmless] = inbox.put(title="Harmless", data='["not", "an object"]')
    assert found(api, q) == []
    [wanted] = inbox.put(body=f"before {q} after")
    assert found(api, q) == [wanted]
    assert found(api, "harmless") == [harmless]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"q": "x" * 201}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"q": " ".join("abcdefghijk")}, "q"),
        ({"project_id": "x" * 201}, "project_id"),
        ({"project_id": "a\x00b"}, "project_id"),
        ({"team_id": "7"}, "team_id"),
        ({"query": "crash"}, "query"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(api: ApiClient, query: dict[str, object], named: str) -> None:
    answer = api.get("/v1/notifications", **query)
    assert (answer.status, answer.body["details"][0]["field"]) == (400, named)


def test_a_search_finds_only_ones_own_in_the_list_that_is_open(api: ApiClient, inbox: Inbox, bo: Person) -> None:
    Inbox(inbox.database, bo).put(title="Crash")
    inbox.put(title="Crash", deleted_at=utc_now())
    [read] = inbox.put(title="Crash", read_at=utc_now())
    [done] = inbox.put(title="Crash")
    api.post("/v1/notifications/acts", {"act": "done", "ids": [done]})
    assert found(api, "crash") == [read]
    assert found(api, "crash", read_state="unread") == []
    assert found(api, "crash", read_state="done") == [done]
    assert found(ApiClient(bearer=signed_in(bo)), "crash", read_state="done") == []


@pytest.mark.parametrize("looked_through", [3, 7])
def test_a_search_pages_through_all_however_far_apart_they_are(
    api: ApiClient, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, looked_through: int
) -> None:
    now = utc_now()
    wanted: list[str] = []
    for step in range(30):
        [id_] = inbox.put(title="Rare" if step in (5, 6, 22, 29) else "Usual", created_at=now - timedelta(seconds=step))
        wanted += [id_] if step in (5, 6, 22, 29) else []
    monkeypatch.setattr(inbox_search, "FIRST_LOOK", 2)
    monkeypatch.setattr(inbox_search, "LOOKED_THROUGH", looked_through)
    seen: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = api.get("/v1/notifications", q="rare", limit=1, cursor=cursor).body
        assert page["has_more"] is (page["cursor"] is not None)
        seen += [row["id"] for row in page["notifications"]]
        cursor, pages = page["cursor"], pages + 1
    assert seen == wanted
    assert pages <= 30 / looked_through + len(wanted) + 2


def test_project_and_team_narrow_the_list_its_count_and_mark_all(api: ApiClient, inbox: Inbox) -> None:
    team_id = str(uuid4())
    now = utc_now()
    [other] = inbox.put(created_at=now)
    [of_project] = inbox.put(data='{"project_id": "p1"}', created_at=now - timedelta(minutes=1))
    [of_team] = inbox.put(created_at=now - timedelta(minutes=2))
    with inbox.database.transaction() as connection:
        connection.execute(
            text("update notifications set team_id = :team where id = any(array[:a, :b]::uuid[])"),
            {"team": team_id, "a": of_team, "b": of_project},
        )
    by_project = api.get("/v1/notifications", project_id="p1").body
    assert [row["id"] for row in by_project["notifications"]] == [of_project]
    assert (by_project["unread_count"], by_project["chosen_unread"]) == (3, 1)
    by_team = api.get("/v1/notifications", team_id=team_id).body
    assert [row["id"] for row in by_team["notifications"]] == [of_project, of_team]
    assert by_team["chosen_unread"] == 2
    everything = api.get("/v1/notifications", project_id="").body
    assert (len(everything["notifications"]), everything["chosen_unread"]) == (3, 3)
    marked = api.post("/v1/notifications/mark-all-read", {"team_id": team_id, "project_id": "p2"}).body
    assert marked == {"marked": 0, "unread_count": 3}
    marked = api.post("/v1/notifications/mark-all-read", {"team_id": team_id}).body
    assert marked == {"marked": 2, "unread_count": 1}
    assert [row["id"] for row in api.get("/v1/notifications", read_state="unread").body["notifications"]] == [other]
