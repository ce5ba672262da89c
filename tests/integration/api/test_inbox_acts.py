"""Done, deleted, snoozed and read: what a person does to several notifications, and exactly back."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from owlpost.db.enqueue import recall
from owlpost.db.schedules import retention
from owlpost.domain import acts
from owlpost.domain.acts import Act
from owlpost.domain.clock import utc_now
from tests.integration.api.conftest import KEY, Inbox, signed_in
from tests.support.api import Answer, ApiClient
from tests.support.people import Person

LISTS = ("unread", "all", "read", "done", "snoozed")
HOUR = 3_600


def act(api: ApiClient, verb: str, *ids: str, **more: object) -> Answer:
    answer = api.post("/v1/notifications/acts", {"act": verb, "ids": list(ids), **more})
    assert answer.status == 200, answer.body
    return answer


def undo(api: ApiClient, act_: Answer) -> list[str]:
    answer = api.post("/v1/notifications/undo", {"undo": act_.body["undo"]})
    assert answer.status == 200, answer.body
    return sorted(answer.body["ids"], reverse=True)


def lists(api: ApiClient) -> Mapping[str, list[str]]:
    """Return the ids of each list that has any, and the unread count."""
    pages = {state: api.get("/v1/notifications", read_state=state).body for state in LISTS}
    found = {state: [row["id"] for row in page["notifications"]] for state, page in pages.items()}
    assert len({page["unread_count"] for page in pages.values()}) == 1
    return {state: ids for state, ids in found.items() if ids} | {"count": [str(pages["all"]["unread_count"])]}


def come_back(inbox: Inbox, *ids: str, at: datetime | None = None) -> None:
    """Let the time of a snooze pass: it ends now, or at a time that is over."""
    with inbox.database.transaction() as connection:
        for id_ in ids:
            values = {"id": id_, "at": at or utc_now()}
            connection.execute(text("update notifications set created_at = :at where id = :id"), values)


def test_what_is_done_has_a_list_of_its_own_and_does_not_count(api: ApiClient, inbox: Inbox) -> None:
    b, a = inbox.put(2)
    before = lists(api)
    done = act(api, "done", a)
    assert done.body["ids"] == [a]
    assert done.body["unread_count"] == 1
    assert lists(api) == {"unread": [b], "all": [b], "done": [a], "count": ["1"]}
    [row] = api.get("/v1/notifications", read_state="done").body["notifications"]
    assert row["done_at"] == row["read_at"]
    assert undo(api, done) == [a]
    assert lists(api) == before


def test_the_list_of_what_is_done_has_the_last_one_first_and_pages(api: ApiClient, inbox: Inbox) -> None:
    ids = inbox.put(5)
    for id_ in ids:
        act(api, "done", id_)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = api.get("/v1/notifications", read_state="done", limit=2, cursor=cursor).body
        seen += [row["id"] for row in page["notifications"]]
        cursor = page["cursor"]
    assert seen == ids[::-1]
    assert cursor is None


@pytest.mark.parametrize("verb", ["done", "delete", "read"])
def test_undoing_brings_back_what_each_row_was_and_no_row_of_another_act(
    api: ApiClient, inbox: Inbox, verb: str
) -> None:
    unread, read, other = inbox.put(3)
    api.patch(f"/v1/notifications/{read}")
    before = lists(api)
    was = inbox.row(read).read_at
    first = act(api, verb, unread, read)
    second = act(api, verb, other)
    assert undo(api, first) == ([unread] if verb == "read" else [unread, read])
    assert inbox.row(read).read_at == was
    assert other not in lists(api).get("unread", [])
    assert undo(api, second) == [other]
    assert lists(api) == before
    assert undo(api, second) == [], "an act is undone once"


def test_what_is_changed_again_stays_as_it_was_changed(api: ApiClient, inbox: Inbox) -> None:
    kept, back = inbox.put(2)
    read = act(api, "read", kept, back)
    api.patch(f"/v1/notifications/{kept}", {"read": False})
    api.patch(f"/v1/notifications/{kept}", {"read": True})
    assert undo(api, read) == [back]
    assert lists(api)["unread"] == [back]


def test_undoing_mark_all_restores_exactly_what_it_marked(api: ApiClient, inbox: Inbox) -> None:
    """Rows that were read before, that come in between, and that are read in between are not of it."""
    earlier, *marked = inbox.put(4, created_at=utc_now() - timedelta(minutes=1))
    api.patch(f"/v1/notifications/{earlier}")
    seen = api.get("/v1/notifications").body["seen"]
    [unseen] = inbox.put()
    answer = api.post("/v1/notifications/mark-all-read", {"seen": seen, "undoable": True})
    assert (answer.body["marked"], answer.body["unread_count"]) == (3, 1)
    [between] = inbox.put()
    api.patch(f"/v1/notifications/{between}")
    done = act(api, "done", marked[0])
    undo(api, done)
    assert undo(api, answer) == marked
    assert lists(api)["unread"] == [unseen, *marked]
    assert lists(api)["read"] == [between, earlier]


def test_only_who_asks_for_it_is_told_how_to_undo(api: ApiClient, inbox: Inbox) -> None:
    inbox.put()
    assert api.post("/v1/notifications/mark-all-read").body == {"marked": 1, "unread_count": 0}
    assert api.post("/v1/notifications/mark-all-read", {"undoable": True}).body == {"marked": 0, "unread_count": 0}


def test_a_snooze_leaves_the_lists_and_comes_back_unread_at_the_top(api: ApiClient, inbox: Inbox) -> None:
    newer, older = (inbox.put(created_at=utc_now() - timedelta(minutes=age))[0] for age in (1, 2))
    api.patch(f"/v1/notifications/{older}")
    first_came = api.get(f"/v1/notifications/{older}").body["notification"]["created_at"]
    assert act(api, "snooze", older, seconds=HOUR).body["unread_count"] == 1
    assert lists(api) == {"unread": [newer], "all": [newer], "snoozed": [older], "count": ["1"]}
    assert api.get("/v1/notifications/unread-count").body == {"count": 1}
    assert api.patch(f"/v1/notifications/{older}", {"read": False}).body["unread_count"] == 1
    come_back(inbox, older)
    assert lists(api) == {"unread": [older, newer], "all": [older, newer], "count": ["2"]}
    [row, _] = api.get("/v1/notifications").body["notifications"]
    assert row["snoozed_from"] == first_came
    assert row["created_at"] > first_came


def test_a_snooze_ends_by_the_clock_of_the_database(api: ApiClient, inbox: Inbox) -> None:
    [id_] = inbox.put()
    act(api, "snooze", id_, seconds=HOUR)
    with inbox.database.transaction() as connection:
        left = connection.execute(
            text("select extract(epoch from created_at - now()) from notifications where id = :id"), {"id": id_}
        ).scalar_one()
    assert HOUR - 60 < left <= HOUR
    until = (utc_now() + timedelta(days=2)).isoformat()
    act(api, "snooze", id_, until=until)
    assert inbox.row(id_).created_at == datetime.fromisoformat(until)


@pytest.mark.parametrize("was_read", [False, True])
def test_undoing_a_snooze_puts_the_row_where_it_was(api: ApiClient, inbox: Inbox, *, was_read: bool) -> None:
    ids = [inbox.put(created_at=utc_now() - timedelta(minutes=age))[0] for age in (1, 2, 3)]
    if was_read:
        api.patch(f"/v1/notifications/{ids[1]}")
    before = lists(api)
    first = act(api, "snooze", ids[1], seconds=HOUR)
    second = act(api, "snooze", ids[1], seconds=2 * HOUR)
    woken = act(api, "wake", ids[1])
    assert lists(api)["all"] == ids
    for each in (woken, second, first):
        assert undo(api, each) == [ids[1]]
    assert lists(api) == before
    assert inbox.row(ids[1]).snoozed_from is None


def test_the_soonest_to_come_back_is_first_and_its_list_pages(api: ApiClient, inbox: Inbox) -> None:
    ids = inbox.put(4)
    for hours, id_ in enumerate(ids, start=1):
        act(api, "snooze", id_, seconds=hours * HOUR)
    page = api.get("/v1/notifications", read_state="snoozed", limit=3).body
    rest = api.get("/v1/notifications", read_state="snoozed", limit=3, cursor=page["cursor"]).body
    assert [row["id"] for row in page["notifications"] + rest["notifications"]] == ids
    assert rest["has_more"] is False


def test_mark_all_leaves_what_came_back_after_the_list_was_shown(api: ApiClient, inbox: Inbox) -> None:
    shown, snoozed = inbox.put(2)
    act(api, "snooze", snoozed, seconds=HOUR)
    seen = api.get("/v1/notifications").body["seen"]
    come_back(inbox, snoozed, at=utc_now() + timedelta(milliseconds=1))
    with inbox.database.transaction() as connection:
        # as old as the list by its transaction: it was committed long before
        connection.execute(text("update notifications set appeared = null where id = :id"), {"id": snoozed})
    answer = api.post("/v1/notifications/mark-all-read", {"seen": seen})
    assert answer.body["marked"] == 1
    assert inbox.row(snoozed).read_at is None
    assert inbox.row(shown).read_at is not None


def test_what_its_producer_sends_later_is_in_no_list_and_nobody_acts_on_it(api: ApiClient, inbox: Inbox) -> None:
    [later] = inbox.put(created_at=utc_now() + timedelta(hours=1))
    for verb in ("read", "done", "delete", "wake"):
        assert act(api, verb, later).body == {"ids": [], "unread_count": 0, "undo": None}
    assert act(api, "snooze", later, seconds=HOUR).body["ids"] == []
    assert lists(api) == {"count": ["0"]}


def test_a_done_row_that_is_not_read_after_all_is_back(api: ApiClient, inbox: Inbox) -> None:
    [id_] = inbox.put()
    act(api, "done", id_)
    assert api.patch(f"/v1/notifications/{id_}", {"read": False}).body["unread_count"] == 1
    assert lists(api) == {"unread": [id_], "all": [id_], "count": ["1"]}


def test_a_recall_is_not_undone_by_who_had_deleted_or_done_it(api: ApiClient, inbox: Inbox) -> None:
    deleted, done = inbox.put(2)
    undoing = [act(api, "delete", deleted), act(api, "done", done)]
    requests = [inbox.row(id_).request_id for id_ in (deleted, done)]
    with inbox.database.transaction() as connection:
        for id_ in requests:
            connection.execute(
                text("""insert into notification_requests (id, key_source, idempotency_key, body_hash, type)
                        values (:id, 'lambda', :key, 'x', 'feedback.new')"""),
                {"id": id_, "key": str(id_)},
            )
        connection.execute(text("update notification_requests set created_at = now() - interval '1 day'"))
        recall.recall(connection, requests)
    assert [undo(api, each) for each in undoing] == [[], []]
    assert lists(api) == {"count": ["0"]}


def test_nobody_acts_on_somebody_elses_or_undoes_their_acts(api: ApiClient, inbox: Inbox, bo: Person) -> None:
    mine, other = inbox.put(2)
    theirs = ApiClient(bearer=signed_in(bo))
    for verb in ("read", "done", "delete"):
        assert act(theirs, verb, mine).body["ids"] == []
    assert act(theirs, "snooze", mine, seconds=HOUR).body["ids"] == []
    done = act(api, "done", mine)
    answer = theirs.post("/v1/notifications/undo", {"undo": done.body["undo"]})
    assert (answer.status, answer.body["details"][0]["field"]) == (400, "undo")
    assert lists(theirs) == {"count": ["0"]}
    assert lists(api) == {"unread": [other], "all": [other], "done": [mine], "count": ["1"]}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "act"),
        ({"act": "burn", "ids": ["01940000-0000-7000-8000-000000000001"]}, "act"),
        ({"act": "done", "ids": []}, "ids"),
        ({"act": "done", "ids": ["7"]}, "ids"),
        ({"act": "done", "ids": ["01940000-0000-7000-8000-000000000001"] * 201}, "ids"),
        ({"act": "done", "ids": ["01940000-0000-7000-8000-000000000001"], "seconds": 60}, "until"),
        ({"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"]}, "until"),
        ({"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"], "until": "tomorrow"}, "until"),
        ({"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"], "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"], "until": "2199-01-01T00:00:00Z"}, "until"),
        ({"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"], "until": "2099-01-01T00:00:00"}, "until"),
        ({"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"], "seconds": 5}, "seconds"),
        ({"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"], "seconds": 10**30}, "seconds"),
    ],
)
def test_an_act_that_makes_no_sense_is_refused_by_name(api: ApiClient, body: dict[str, object], named: str) -> None:
    answer = api.post("/v1/notifications/acts", body)
    assert answer.status == 400
    assert answer.body["details"][0]["field"].startswith(named)


def test_an_undo_that_is_not_ours_or_too_old_is_refused(api: ApiClient, ada: Person) -> None:
    old = acts.sign(Act("done", utc_now() - timedelta(days=2)), ada.id, KEY)
    young = acts.sign(Act("done", utc_now() - timedelta(hours=23)), ada.id, KEY)
    for refused in ("", "ab" * 40, "é", old, old[:-4] + "AAAA"):
        answer = api.post("/v1/notifications/undo", {"undo": refused})
        assert (answer.status, answer.body["details"][0]["field"]) == (400, "undo"), refused
    assert api.post("/v1/notifications/undo", {"undo": young}).body == {"ids": [], "unread_count": 0}


def test_what_is_done_or_snoozed_is_cleaned_up_as_the_rest(api: ApiClient, inbox: Inbox) -> None:
    done, snoozed = inbox.put(2)
    act(api, "done", done)
    act(api, "snooze", snoozed, seconds=HOUR)
    now, limit = utc_now() + timedelta(minutes=1), 10
    with inbox.database.transaction() as connection:
        values = {"before": now, "now": now, "limit": limit}
        connection.execute(retention.SOFT_DELETE_READ_NOTIFICATIONS, values)
        assert retention.soft_delete_unread(connection, before=now, now=now, limit=limit)[0] == 0, "it is not back yet"
        later = now + timedelta(hours=2)
        assert retention.soft_delete_unread(connection, before=later, now=now, limit=limit)[0] == 1
    assert lists(api) == {"count": ["0"]}
