"""What Amazon SES publishes about mails becomes the same facts as Resend's webhooks."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.mail_events import Fate, MailEvent
from owlpost.domain.ses_events import event_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DELIVERY = UUID("0190a6f0-0000-7000-8000-000000000001")
MAIL = {
    "timestamp": "2026-11-28T11:59:58.000Z",
    "messageId": "0100-m",
    "destination": ["Ada@people.example"],
    "tags": {"ses:configuration-set": ["owlpost"], "delivery": [str(DELIVERY)]},
}


def read(kind: str, **more: Any) -> MailEvent:
    event = event_of(json.dumps({"eventType": kind, "mail": MAIL, **more}), otherwise=NOW)
    assert event
    return event


def bounce(type_: str, sub_type: str) -> dict[str, Any]:
    return {
        "bounceType": type_,
        "bounceSubType": sub_type,
        "bouncedRecipients": [
            {
                "emailAddress": "Ada <Ada@people.example>",
                "action": "failed",
                "diagnosticCode": "smtp; 550 5.1.1 unknown",
            }
        ],
        "timestamp": "2026-11-28T12:00:01.000Z",
        "feedbackId": "0100-f",
    }


@pytest.mark.parametrize(
    ("type_", "sub_type", "fate", "suppresses"),
    [
        ("Permanent", "General", Fate.BOUNCED, "bounced"),
        ("Permanent", "NoEmail", Fate.BOUNCED, "bounced"),
        ("Permanent", "Suppressed", Fate.SUPPRESSED, "suppressed_by_provider"),
        ("Permanent", "OnAccountSuppressionList", Fate.SUPPRESSED, "suppressed_by_provider"),
        ("Transient", "MailboxFull", Fate.BOUNCED_FOR_NOW, None),
        ("Undetermined", "Undetermined", Fate.BOUNCED_FOR_NOW, None),
    ],
)
def test_a_bounce_suppresses_if_it_is_final(type_: str, sub_type: str, fate: Fate, suppresses: str | None) -> None:
    event = read("Bounce", bounce=bounce(type_, sub_type))
    assert (event.fate, event.suppresses, event.addresses) == (fate, suppresses, ("ada@people.example",))
    assert (event.delivery_id, event.provider_id) == (DELIVERY, "0100-m")
    assert event.detail == {"type": type_, "sub_type": sub_type, "diagnostic": "smtp; 550 5.1.1 unknown"}
    assert event.at == datetime(2026, 11, 28, 12, 0, 1, tzinfo=UTC)


def test_a_complaint_suppresses() -> None:
    complaint = {"complainedRecipients": [{"emailAddress": "ada@people.example"}], "complaintFeedbackType": "abuse"}
    event = read("Complaint", complaint=complaint)
    assert (event.fate, event.suppresses, event.at) == (Fate.COMPLAINED, "complained", NOW)
    assert (event.addresses, event.detail) == (("ada@people.example",), {"type": "abuse"})


@pytest.mark.parametrize(
    ("kind", "part", "fate"),
    [
        ("Delivery", {"delivery": {"recipients": ["ada@people.example"]}}, Fate.DELIVERED),
        ("DeliveryDelay", {"deliveryDelay": {"delayType": "MailboxFull"}}, Fate.DELAYED),
        ("Reject", {"reject": {"reason": "Bad content"}}, Fate.FAILED),
        ("Send", {"send": {}}, None),
        ("Open", {"open": {}}, None),
    ],
)
def test_other_events_suppress_nothing(kind: str, part: dict[str, Any], fate: Fate | None) -> None:
    event = read(kind, **part)
    assert (event.fate, event.suppresses, event.releases) == (fate, None, False)


@pytest.mark.parametrize("message", ["", "no json", "[]", "{}", '{"eventType": 7}', '{"notificationType": "Bounce"}'])
def test_what_is_no_event_is_none(message: str) -> None:
    assert event_of(message, otherwise=NOW) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["delivery", "bounceType", "x"]), inner)
    ),
    max_leaves=9,
)


@given(st.sampled_from(["Bounce", "Complaint", "Delivery", "Reject"]), JSON, JSON)
def test_members_of_any_kind_are_read_as_far_as_they_can_be(kind: str, part: object, mail: object) -> None:
    name = {"Bounce": "bounce", "Complaint": "complaint", "Delivery": "delivery", "Reject": "reject"}[kind]
    assert event_of(json.dumps({"eventType": kind, "mail": mail, name: part}), otherwise=NOW)
