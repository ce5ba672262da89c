"""What a browser is sent: its members, its size, and the headers that go with it."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.web_push.message import LIMIT_BYTES, push_headers, push_message
from owlpost.domain.messages import Delivery, Notification
from tests.support.link_cases import CASES, LinkCase

IDENTITY = UUID("0190a6f0-0000-7000-8000-000000000001")
CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def delivery(title: str = "New feedback", body: str | None = "Ada: love it", link: str | None = "/f/1") -> Delivery:
    notification = Notification(IDENTITY, "feedback.new", title, body, link, {"secret": "x"}, None, IDENTITY, CREATED)
    return Delivery(id=UUID(int=2), user_id=UUID(int=3), notification=notification, unread=4)


def test_it_says_what_is_shown_and_no_more() -> None:
    assert json.loads(push_message(delivery())) == {
        "id": str(IDENTITY),
        "title": "New feedback",
        "body": "Ada: love it",
        "link": "/f/1",
        "unread": 4,
    }
    assert json.loads(push_message(delivery(body=None, link=None))).keys() == {"id", "title", "unread"}


@given(st.text(max_size=3000), st.text(max_size=3000), st.text("/abc?=&%é🦉", max_size=2000))
def test_it_fits_whatever_a_producer_wrote(title: str, body: str, path: str) -> None:
    message = push_message(delivery(title, body, "/" + path))
    assert len(message) <= LIMIT_BYTES
    assert json.loads(message)["id"] == str(IDENTITY)


def test_a_long_body_is_cut_between_two_characters_as_a_reader_sees_them() -> None:
    family = "👩‍👩‍👧‍👦"
    body = json.loads(push_message(delivery(body=family * 90)))["body"]
    assert body.removesuffix("…").replace(family, "") == ""
    assert body.endswith("…")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.link)
def test_a_link_is_sent_only_if_it_may_be_followed(case: LinkCase) -> None:
    assert ("link" in json.loads(push_message(delivery(link=case.link)))) is case.followed


def test_the_headers_keep_it_for_a_day_and_have_a_later_one_take_its_place() -> None:
    headers = push_headers(delivery(), now=CREATED.timestamp() + 60)
    assert headers == {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": "86340",
        "urgency": "high",
        "topic": IDENTITY.hex,
    }
    assert len(headers["topic"]) == 32


def test_an_old_notification_that_is_driven_again_is_kept_for_an_hour() -> None:
    assert push_headers(delivery(), now=CREATED.timestamp() + 10 * 86_400)["ttl"] == "3600"
