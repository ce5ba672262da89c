"""What phones are sent: its shape, and that it fits whatever a producer wrote."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.mobile_push.payload import (
    LIMIT_BYTES,
    apns_payload,
    fcm_message,
)
from owlpost.channels.push_words import SHOWN_BODY, SHOWN_TITLE, expires_at
from owlpost.domain.messages import Delivery, Notification
from tests.support.link_cases import CASES, LinkCase

IDENTITY = UUID("0190a6f0-0000-7000-8000-000000000001")
TEAM = UUID("0190a6f0-0000-7000-8000-000000000002")
CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW = CREATED.timestamp() + 60


def delivery(
    title: str = "New feedback in Pocket Atlas",
    body: str | None = "Someone: love it",
    link: str | None = "/dashboard/feedback/1",
    data: dict[str, object] | None = None,
    team: UUID | None = TEAM,
) -> Delivery:
    notification = Notification(
        id=IDENTITY,
        type="feedback.new",
        title=title,
        body=body,
        link=link,
        data={"project_id": "p1"} if data is None else data,
        team_id=team,
        request_id=IDENTITY,
        created_at=CREATED,
    )
    return Delivery(IDENTITY, IDENTITY, notification, unread=7)


def ios(given_delivery: Delivery) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(apns_payload(given_delivery))
    return payload


def android(given_delivery: Delivery) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(b"{" + fcm_message(given_delivery, now=NOW) + b"}")
    return message


def test_an_iphone_is_told_what_happened_and_where_to_look() -> None:
    assert ios(delivery()) == {
        "aps": {
            "alert": {"title": "New feedback in Pocket Atlas", "body": "Someone: love it"},
            "sound": "default",
            "badge": 7,
            "thread-id": "p1",
        },
        "type": "feedback.new",
        "notification_id": str(IDENTITY),
        "link": "/dashboard/feedback/1",
        "data": {"project_id": "p1"},
    }


def test_an_android_phone_is_told_the_same_in_strings() -> None:
    assert android(delivery()) == {
        "notification": {"title": "New feedback in Pocket Atlas", "body": "Someone: love it"},
        "data": {
            "type": "feedback.new",
            "notification_id": str(IDENTITY),
            "project_id": "p1",
            "link": "/dashboard/feedback/1",
        },
        "android": {
            "collapse_key": str(IDENTITY),
            "priority": "HIGH",
            "ttl": "86340s",
            "notification": {"tag": str(IDENTITY)},
        },
    }


def test_what_a_notification_has_not_is_left_out() -> None:
    payload = ios(delivery(body=None, link=None, data={}))
    assert payload["aps"]["alert"] == {"title": "New feedback in Pocket Atlas"}
    assert payload.keys() == {"aps", "type", "notification_id"}


def test_without_a_project_notifications_lie_together_by_type_and_team() -> None:
    assert ios(delivery(data={}))["aps"]["thread-id"] == f"feedback.new/{TEAM}"
    assert ios(delivery(data={}, team=None))["aps"]["thread-id"] == "feedback.new"


def test_a_project_id_that_is_no_text_is_not_passed_on() -> None:
    assert "data" not in ios(delivery(data={"project_id": {"nested": "x" * 9000}}))


def test_a_title_and_a_body_are_cut_to_what_a_phone_shows() -> None:
    alert = ios(delivery(title="t" * 200, body="a" * 10_000))["aps"]["alert"]
    assert alert == {"title": "t" * (SHOWN_TITLE - 1) + "…", "body": "a" * (SHOWN_BODY - 1) + "…"}


def test_a_body_that_leaves_too_little_room_fills_the_payload_to_the_last_bytes() -> None:
    payload = apns_payload(delivery(body="a" * 400, link="/" + "l" * 3600))
    assert len(payload) == LIMIT_BYTES
    assert json.loads(payload)["aps"]["alert"]["title"] == "New feedback in Pocket Atlas"


def test_a_long_body_of_emoji_is_cut_between_two_of_them() -> None:
    payload = apns_payload(delivery(body="👩‍👩‍👧‍👦" * 1000))
    body = json.loads(payload)["aps"]["alert"]["body"]
    assert len(payload) <= LIMIT_BYTES
    assert set(body.removesuffix("…").split("👩‍👩‍👧‍👦")) == {""}


def test_a_title_gives_way_only_after_the_body() -> None:
    alert = ios(delivery(title="t" * 200, link="/" + "l" * 3800))["aps"]["alert"]
    assert "body" not in alert
    assert alert["title"].endswith("…")


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case.link))
def test_a_push_carries_a_link_that_is_followed_and_no_other(case: LinkCase) -> None:
    told = delivery(link=case.link)
    sent = [ios(told).get("link"), android(told)["data"].get("link")]
    assert sent == [case.link if case.followed else None] * 2


def test_a_link_that_leaves_room_for_no_words_is_left_out() -> None:
    payload = ios(delivery(link="/" + "ü" * 1999))
    assert "link" not in payload
    assert payload["aps"]["alert"]["body"] == "Someone: love it"


@given(
    st.text(max_size=200),
    st.text(max_size=10_000) | st.integers(1, 10_000).map("🦉".__mul__) | st.none(),
    st.text(max_size=2000) | st.integers(1, 2000).map("ü".__mul__) | st.none(),
    st.dictionaries(st.just("project_id"), st.text()),
)
def test_no_notification_makes_a_payload_too_large(
    title: str, body: str | None, link: str | None, data: dict[str, object]
) -> None:
    given_delivery = delivery(title, body, link, data)
    assert len(apns_payload(given_delivery)) <= LIMIT_BYTES
    assert len(fcm_message(given_delivery, now=NOW)) <= LIMIT_BYTES


def test_a_phone_may_be_off_for_a_day() -> None:
    assert expires_at(delivery().notification, NOW) == CREATED.timestamp() + 86_400


def test_an_old_notification_that_is_redriven_may_still_wait_an_hour() -> None:
    much_later = CREATED.timestamp() + 10 * 86_400
    assert expires_at(delivery().notification, much_later) == much_later + 3600
