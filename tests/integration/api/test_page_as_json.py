"""A page is JSON made by Postgres. It has to be what the models make of the same rows, as one notification still is."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from functions.api.schemas.inbox import NotificationPage
from tests.integration.api.conftest import Inbox
from tests.integration.api.test_inbox_acts import act, come_back
from tests.support.api import ApiClient

TEXTS = [
    "Plain",
    "",
    'He said "owl" \\ and left',
    "line\nbreak\ttab \x01\x1f\x7f",
    "🦉 é \u2028 \u2029 \ufeff",
    "</script><!--",
    "{}[]",
]


def shown_alike(api: ApiClient, **query: object) -> list[dict[str, object]]:
    page = api.get("/v1/notifications", **query).body
    assert NotificationPage.model_validate_json(json.dumps(page)).model_dump(mode="json") == page
    for entry in page["notifications"]:
        alone = api.get(f"/v1/notifications/{entry['id']}").body["notification"]
        alone.pop("data")
        assert entry == alone
        assert list(entry) == list(alone)
    shown: list[dict[str, object]] = page["notifications"]
    return shown


@pytest.mark.parametrize("words", TEXTS)
def test_a_text_is_written_as_the_models_write_it(api: ApiClient, inbox: Inbox, words: str) -> None:
    inbox.put(title=words, body=words, link=words, type="feedback.new", data=json.dumps({"project_id": words}))
    [entry] = shown_alike(api)
    assert entry["title"] == entry["body"] == entry["link"] == entry["project_id"] == words


@pytest.mark.parametrize("project", [None, 7, ["a"], {"id": "a"}, "a"])
def test_a_project_is_a_text_or_null(api: ApiClient, inbox: Inbox, project: object) -> None:
    inbox.put(data=json.dumps({"project_id": project}))
    [entry] = shown_alike(api)
    assert entry["project_id"] == (project if isinstance(project, str) else None)


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1_000, 120_000, 499_500, 999_999])
def test_times_have_three_digits_and_are_never_rounded_up(api: ApiClient, inbox: Inbox, microsecond: int) -> None:
    at = datetime(2026, 3, 29, 1, 59, 59, microsecond, tzinfo=UTC)
    inbox.put(created_at=at, read_at=at)
    [entry] = shown_alike(api)
    assert entry["created_at"] == entry["read_at"] == f"2026-03-29T01:59:59.{microsecond // 1000:03}Z"


def test_a_row_that_is_done_or_snoozed_says_so_and_no_other_has_those_fields(api: ApiClient, inbox: Inbox) -> None:
    plain, done, later, back = inbox.put(4)
    act(api, "done", done)
    act(api, "snooze", later, back, seconds=3_600)
    come_back(inbox, back)
    by_id = {entry["id"]: entry for entry in shown_alike(api)}
    assert by_id.keys() == {plain, back}
    assert not {"done_at", "snoozed_from"} & by_id[str(plain)].keys()
    assert by_id[str(back)]["snoozed_from"]
    assert [entry["id"] for entry in shown_alike(api, read_state="done") if entry["done_at"]] == [done]
    assert [entry["id"] for entry in shown_alike(api, read_state="snoozed") if entry["snoozed_from"]] == [later]


def test_a_page_without_rows_still_counts(api: ApiClient, inbox: Inbox) -> None:
    inbox.put()
    page = api.get("/v1/notifications", project_id="no-such-project").body
    assert page["notifications"] == []
    assert (page["cursor"], page["has_more"], page["unread_count"], page["chosen_unread"]) == (None, False, 1, 0)


def test_rows_of_one_instant_come_in_the_order_of_their_ids(api: ApiClient, inbox: Inbox) -> None:
    put = inbox.put(30)
    assert [UUID(str(entry["id"])) for entry in shown_alike(api, limit=30)] == [UUID(each) for each in put]
