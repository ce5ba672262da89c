import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from tests.integration.api.conftest import Inbox, signed_in
from tests.support.api import ApiClient
from tests.support.people import Person


def ids(answer: object) -> list[str]:
    return [row["id"] for row in answer.body["notifications"]]  # type: ignore[attr-defined]


def test_a_page_is_newest_first_and_says_no_more_than_the_contract(api: ApiClient, inbox: Inbox) -> None:
    now = utc_now()
    [older] = inbox.put(created_at=now - timedelta(hours=1))
    project = str(uuid4())
    [newer] = inbox.put(created_at=now, data=f'{{"project_id": "{project}", "secret": "x"}}', link="/dashboard/x")
    answer = api.get("/v1/notifications")
    assert answer.status == 200
    assert ids(answer) == [newer, older]
    assert answer.body["cursor"] is None
    assert answer.body["has_more"] is False
    assert answer.body["unread_count"] == 2
    first = answer.body["notifications"][0]
    assert first == {
        "id": newer,
        "type": "feedback.new",
        "title": "New feedback",
        "body": None,
        "link": "/dashboard/x",
        "team_id": None,
        "project_id": project,
        "read_at": None,
        "created_at": first["created_at"],
    }


def test_times_have_three_fractional_digits(api: ApiClient, inbox: Inbox) -> None:
    moment = utc_now().replace(year=2026, month=11, day=22, hour=20, minute=51, second=18)
    inbox.put(created_at=moment.replace(microsecond=184_999))
    inbox.put(created_at=moment.replace(microsecond=0))
    rows = api.get("/v1/notifications").body["notifications"]
    assert [row["created_at"] for row in rows] == ["2026-11-22T20:51:18.184Z", "2026-11-22T20:51:18.000Z"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_paging_through_rows_of_one_instant_and_one_microsecond_apart_skips_and_repeats_none(
    api: ApiClient, inbox: Inbox, limit: int
) -> None:
    now = utc_now()
    expected = [id_ for step in range(3) for id_ in inbox.put(4, created_at=now - timedelta(microseconds=step))]
    seen: list[str] = []
    cursor = ""
    for _ in range(20):
        page = api.get("/v1/notifications", limit=limit, cursor=cursor)
        seen += ids(page)
        if not page.body["has_more"]:
            break
        cursor = page.body["cursor"]
    assert seen == expected


def test_the_read_state_and_the_type_filter(api: ApiClient, inbox: Inbox) -> None:
    [unread] = inbox.put(created_at=utc_now() - timedelta(minutes=1))
    [read] = inbox.put(read_at=utc_now(), type="issue.new")
    assert ids(api.get("/v1/notifications", read_state="unread")) == [unread]
    assert ids(api.get("/v1/notifications", read_state="read")) == [read]
    assert ids(api.get("/v1/notifications", read_state="all")) == [read, unread]
    assert ids(api.get("/v1/notifications", type="issue.new")) == [read]
    assert ids(api.get("/v1/notifications", type="no.such.type")) == [read, unread]
    assert ids(api.get("/v1/notifications", type="", cursor="")) == [read, unread]


@pytest.mark.parametrize(("limit", "shown"), [(-5, 1), (0, 1), (1, 1), (200, 200), (100_000, 200)])
def test_the_limit_is_clamped(api: ApiClient, inbox: Inbox, limit: int, shown: int) -> None:
    inbox.put(205)
    assert len(ids(api.get("/v1/notifications", limit=limit))) == shown


def test_fifty_are_shown_unless_told_otherwise(api: ApiClient, inbox: Inbox) -> None:
    inbox.put(51)
    assert len(ids(api.get("/v1/notifications"))) == 50


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "1.5"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "9" * 5_000}, "limit"),
        ({"read_state": "seen"}, "read_state"),
        ({"cursor": "not-ours"}, "cursor"),
        ({"cursor": "é☃"}, "cursor"),
        ({"cursor": "A" * 56}, "cursor"),
        ({"cursor": "eyJjcmVhdGVkX2F0IjoibmV2ZXIifQ=="}, "cursor"),
        ({"cursor": "'; drop table users; --"}, "cursor"),
        ({"cursor": "A" * 20_000}, "cursor"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(api: ApiClient, query: dict[str, object], named: str) -> None:
    answer = api.get("/v1/notifications", **query)
    assert answer.status == 400
    assert answer.body["details"][0]["field"] == named
    assert answer.error.startswith(named)


@pytest.mark.parametrize("character", ["x", "\u20ac", "\U0001f989", '"', "\\", "\n"])
def test_no_page_of_long_bodies_is_larger_than_lambda_answers(api: ApiClient, inbox: Inbox, character: str) -> None:
    """200 of the longest that a producer may send. Lambda counts the body once more as a JSON string, at most 6 MB."""
    put = inbox.put(200, title=character * 200, body=character * 10_000, link="/" + character * 1_999)
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.get("/v1/notifications", limit=200, cursor=cursor)
        assert len(json.dumps(json.dumps(page.body))) < 5_000_000
        seen += ids(page)
        if not page.body["has_more"]:
            break
        cursor = page.body["cursor"]
    assert seen == put


def test_a_list_gives_the_beginning_of_a_long_body_and_the_notification_itself_all_of_it(
    api: ApiClient, inbox: Inbox
) -> None:
    now = utc_now()
    body = "word " * 1_000
    [long] = inbox.put(body=body, created_at=now)
    [short] = inbox.put(body="y" * 1_000, created_at=now - timedelta(minutes=1))
    page = api.get("/v1/notifications").body
    shown = page["notifications"][0]["body"]
    assert len(shown) <= 1_000
    assert body.startswith(shown.removesuffix("…"))
    assert shown.endswith("…")
    assert page["notifications"][1]["body"] == "y" * 1_000
    assert page["excerpts"] == [long]
    assert short not in page["excerpts"]
    assert api.get(f"/v1/notifications/{long}").body["notification"]["body"] == body
    assert api.patch(f"/v1/notifications/{long}").body["notification"]["body"] == body


def test_what_is_switched_off_or_deleted_shows_and_counts_nowhere(api: ApiClient, inbox: Inbox) -> None:
    inbox.put(in_app=False)
    inbox.put(deleted_at=utc_now())
    page = api.get("/v1/notifications")
    assert (ids(page), page.body["unread_count"]) == ([], 0)
    assert api.get("/v1/notifications/unread-count").body == {"count": 0}
    assert api.post("/v1/notifications/mark-all-read").body == {"marked": 0, "unread_count": 0}


def test_counting_stops_at_a_thousand(api: ApiClient, inbox: Inbox) -> None:
    first = inbox.put(1_003)[0]
    assert api.get("/v1/notifications/unread-count").body == {"count": 1_000}
    assert api.get("/v1/notifications", limit=1).body["unread_count"] == 1_000
    assert api.patch(f"/v1/notifications/{first}").body["unread_count"] == 1_000
    assert api.delete(f"/v1/notifications/{first}").body["unread_count"] == 1_000


def test_the_count_is_not_given_again_to_who_has_it(api: ApiClient, inbox: Inbox) -> None:
    inbox.put()
    first = api.get("/v1/notifications/unread-count")
    assert first.body == {"count": 1}
    api.headers["if-none-match"] = first.headers["etag"]
    again = api.get("/v1/notifications/unread-count")
    assert (again.status, again.body) == (304, None)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "no-store"
    inbox.put()
    assert api.get("/v1/notifications/unread-count").body == {"count": 2}


def test_one_notification_comes_with_its_data_and_what_became_of_it(
    api: ApiClient, inbox: Inbox, database: Database
) -> None:
    [id_] = inbox.put(data='{"feedback_id": "7", "project_id": 5}')
    with database.transaction() as connection:
        connection.execute(
            text("""
                insert into notification_deliveries (notification_id, channel, status, error, attempted_at)
                values (:id, 'email', 'skipped', 'suppressed', '2026-11-22T20:51:18.1845Z'), (:id, 'in_app', 'sent', null, null)
            """),
            {"id": id_},
        )
    answer = api.get(f"/v1/notifications/{id_}")
    assert answer.status == 200
    assert answer.body["notification"]["data"] == {"feedback_id": "7", "project_id": 5}
    assert answer.body["notification"]["project_id"] is None
    assert answer.body["deliveries"] == [
        {"channel": "email", "status": "skipped", "reason": "suppressed", "attempted_at": "2026-11-22T20:51:18.184Z"},
        {"channel": "in_app", "status": "sent", "reason": None, "attempted_at": None},
    ]


def test_reading_twice_keeps_the_first_time_and_unreading_takes_it_back(api: ApiClient, inbox: Inbox) -> None:
    [id_] = inbox.put()
    inbox.put()
    first = api.patch(f"/v1/notifications/{id_}")
    assert first.status == 200
    assert first.body["unread_count"] == 1
    kept = inbox.row(id_).read_at
    assert api.patch(f"/v1/notifications/{id_}", {"read": True}).body == first.body
    assert inbox.row(id_).read_at == kept
    back = api.patch(f"/v1/notifications/{id_}", {"read": False})
    assert (back.body["notification"]["read_at"], back.body["unread_count"]) == (None, 2)


def test_deleting_is_soft_and_happens_once(api: ApiClient, inbox: Inbox) -> None:
    [id_] = inbox.put()
    inbox.put(2)
    assert api.delete(f"/v1/notifications/{id_}").body == {"id": id_, "unread_count": 2}
    assert inbox.row(id_).deleted_at is not None
    for again in (api.delete, api.get, api.patch):
        assert again(f"/v1/notifications/{id_}").status == 404


def test_mark_all_leaves_what_came_after_the_person_looked(api: ApiClient, inbox: Inbox) -> None:
    now = utc_now() - timedelta(minutes=2)
    inbox.put(2, created_at=now - timedelta(minutes=1))
    same_instant = inbox.put(3, created_at=now)
    inbox.put(created_at=now + timedelta(minutes=1))
    answer = api.post("/v1/notifications/mark-all-read", {"up_to": same_instant[1]})
    assert answer.body == {"marked": 4, "unread_count": 2}
    assert api.get("/v1/notifications/unread-count").body == {"count": 2}


def test_mark_all_leaves_what_was_committed_after_the_list_was_shown(
    api: ApiClient, inbox: Inbox, another_database: Database
) -> None:
    """A fan-out that takes its time: its rows are older than those of the list by their time, and were not in the list."""
    shown = inbox.put(2)
    with another_database.transaction() as connection:
        [late] = Inbox(another_database, inbox.person).put_in(connection, created_at=utc_now() - timedelta(minutes=1))
        seen = api.get("/v1/notifications").body["seen"]
    answer = api.post("/v1/notifications/mark-all-read", {"up_to": shown[0], "seen": seen})
    assert answer.body == {"marked": 2, "unread_count": 1}
    assert inbox.row(late).read_at is None
    seen = api.get("/v1/notifications").body["seen"]
    assert api.post("/v1/notifications/mark-all-read", {"seen": seen}).body == {"marked": 1, "unread_count": 0}


def test_mark_all_up_to_a_row_leaves_what_appeared_after_it(
    api: ApiClient, inbox: Inbox, another_database: Database
) -> None:
    """For a client that does not send `seen`."""
    now = utc_now()
    inbox.put(created_at=now - timedelta(hours=3))
    with another_database.transaction() as connection:
        shown = inbox.put(2, created_at=now)
        [late] = Inbox(another_database, inbox.person).put_in(connection, created_at=now - timedelta(minutes=1))
        assert len(api.get("/v1/notifications").body["notifications"]) == 3
    answer = api.post("/v1/notifications/mark-all-read", {"up_to": shown[0]})
    assert answer.body == {"marked": 3, "unread_count": 1}
    assert inbox.row(late).read_at is None
    assert api.post("/v1/notifications/mark-all-read", {"up_to": late}).body == {"marked": 1, "unread_count": 0}


def test_mark_all_up_to_a_row_marks_old_rows_that_were_imported_later(api: ApiClient, inbox: Inbox) -> None:
    [shown] = inbox.put()
    inbox.put(2, created_at=utc_now() - timedelta(days=20))
    assert api.post("/v1/notifications/mark-all-read", {"up_to": shown}).body == {"marked": 3, "unread_count": 0}


@pytest.mark.parametrize("appeared", ["null", "'9000000000000000000'::xid8"])
def test_a_row_of_an_older_version_or_another_server_counts_as_seen(
    api: ApiClient, inbox: Inbox, appeared: str
) -> None:
    inbox.put(2)
    with inbox.database.transaction() as connection:
        connection.exec_driver_sql(f"update notifications set appeared = {appeared}")
    seen = api.get("/v1/notifications").body["seen"]
    assert api.post("/v1/notifications/mark-all-read", {"seen": seen}).body == {"marked": 2, "unread_count": 0}


@pytest.mark.parametrize("seen", ["", "1:2:", "x" * 60, "é", 5])
def test_a_seen_that_is_not_ours_marks_nothing(api: ApiClient, inbox: Inbox, seen: object) -> None:
    inbox.put()
    answer = api.post("/v1/notifications/mark-all-read", {"seen": seen})
    assert (answer.status, answer.error.partition(" ")[0].rstrip(":")) == (400, "seen")


def test_mark_all_up_to_a_row_that_another_tab_deleted_marks_up_to_its_place(api: ApiClient, inbox: Inbox) -> None:
    now = utc_now()
    inbox.put(2, created_at=now - timedelta(minutes=2))
    [place] = inbox.put(created_at=now - timedelta(minutes=1))
    [newer] = inbox.put(created_at=now)
    api.delete(f"/v1/notifications/{place}")
    assert api.post("/v1/notifications/mark-all-read", {"up_to": place}).body == {"marked": 2, "unread_count": 1}
    assert inbox.row(newer).read_at is None


def test_mark_all_of_one_type_leaves_the_others(api: ApiClient, inbox: Inbox) -> None:
    inbox.put(2, type="issue.new")
    inbox.put(3)
    assert api.post("/v1/notifications/mark-all-read", {"type": "issue.new"}).body == {"marked": 2, "unread_count": 3}
    assert api.post("/v1/notifications/mark-all-read", {}).body == {"marked": 3, "unread_count": 0}
    assert api.post("/v1/notifications/mark-all-read").body == {"marked": 0, "unread_count": 0}


def test_mark_all_of_what_we_do_not_know_marks_nothing(api: ApiClient, inbox: Inbox, bo: Person) -> None:
    inbox.put(2)
    [somebody_elses] = Inbox(inbox.database, bo).put()
    for body, status, named in [
        ({"type": "isue.new"}, 400, "type"),
        ({"type": 7}, 400, "type"),
        ({"up_to": "yesterday"}, 400, "up_to"),
        ({"up_to": 5}, 400, "up_to"),
        ({"up_to": str(uuid4())}, 404, ""),
        ({"up_to": somebody_elses}, 404, ""),
    ]:
        answer = api.post("/v1/notifications/mark-all-read", body)
        assert (answer.status, answer.error.startswith(named)) == (status, True)
    assert api.get("/v1/notifications/unread-count").body == {"count": 2}


@pytest.mark.parametrize("id_", ["7", "not-an-id", "00000000", "%00", "' or 1=1", "x" * 3_000])
def test_a_malformed_id_is_not_found(api: ApiClient, id_: str) -> None:
    for answer in (
        api.get(f"/v1/notifications/{id_}"),
        api.patch(f"/v1/notifications/{id_}", {}),
        api.delete(f"/v1/notifications/{id_}"),
        api.delete(f"/v1/devices/{id_}"),
        api.patch(f"/v1/projects/{id_}", {"issue_alert_frequency": None}),
    ):
        assert (answer.status, set(answer.body)) == (404, {"error", "code"})


def test_a_badge_never_counts_somebody_elses(inbox: Inbox, bo: Person) -> None:
    [id_] = inbox.put(3)[:1]
    theirs = ApiClient(bearer=signed_in(bo))
    assert theirs.get("/v1/notifications").body["notifications"] == []
    assert theirs.get("/v1/notifications/unread-count").body == {"count": 0}
    assert theirs.post("/v1/notifications/mark-all-read").body["marked"] == 0
    for answer in (
        theirs.get(f"/v1/notifications/{id_}"),
        theirs.patch(f"/v1/notifications/{id_}"),
        theirs.delete(f"/v1/notifications/{id_}"),
    ):
        assert answer.status == 404
    row = inbox.row(id_)
    assert (row.read_at, row.deleted_at) == (None, None)
