"""What a provider signed, and what it says: forged, stale and odd webhooks among them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.mail_events import MailEvent
from owlpost.domain.refusals import Unverified
from owlpost.domain.webhooks import Envelope, check_secret

#: The example of Svix' documentation.
SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"
BODY = b'{"event_type":"ping","data":{"success":true}}'
SENT = Envelope("msg_loFOjxBNrRLzqYUf", "1731705121", ("v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",))
THEN = datetime.fromtimestamp(1731705121, UTC)
OTHER = "whsec_" + "bm90IHRoZSByaWdodCBvbmU="


def headers(envelope: Envelope) -> dict[str, str]:
    return {
        "svix-id": envelope.id,
        "svix-timestamp": envelope.timestamp,
        "svix-signature": " ".join(envelope.signatures),
    }


def test_the_example_of_the_schemes_own_documentation_verifies() -> None:
    Envelope.of(headers(SENT)).verify(BODY, [SECRET], now=lambda: THEN)


def test_any_of_our_secrets_and_any_of_the_signatures_will_do() -> None:
    several = Envelope(SENT.id, SENT.timestamp, ("v1,AAAA", "v2,whatever", *SENT.signatures))
    several.verify(BODY, [OTHER, SECRET], now=lambda: THEN)


@pytest.mark.parametrize(
    ("envelope", "body", "secrets", "late"),
    [
        (SENT, BODY + b" ", [SECRET], 0),
        (SENT, BODY, [OTHER], 0),
        (SENT, BODY, [], 0),
        (SENT, BODY, [SECRET], 301),
        (SENT, BODY, [SECRET], -301),
        (Envelope("msg_other", SENT.timestamp, SENT.signatures), BODY, [SECRET], 0),
        (Envelope(SENT.id, "1731705122", SENT.signatures), BODY, [SECRET], 0),
        (Envelope(SENT.id, SENT.timestamp, ()), BODY, [SECRET], 0),
        (Envelope(SENT.id, SENT.timestamp, ("rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",)), BODY, [SECRET], 0),
        (Envelope(SENT.id, SENT.timestamp, ("v1,ünsigned",)), BODY, [SECRET], 0),
    ],
    ids=["body", "secret", "no secret", "stale", "early", "id", "timestamp", "unsigned", "no version", "not ascii"],
)
def test_what_was_not_signed_just_so_just_now_is_refused(
    envelope: Envelope, body: bytes, secrets: list[str], late: int
) -> None:
    with pytest.raises(Unverified):
        envelope.verify(body, secrets, now=lambda: THEN + timedelta(seconds=late))


@pytest.mark.parametrize(
    "changes", [{"svix-id": ""}, {"svix-timestamp": ""}, {"svix-timestamp": "now"}, {"svix-id": "x" * 201}]
)
def test_headers_that_make_no_sense_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(Unverified):
        Envelope.of(headers(SENT) | changes)


@pytest.mark.parametrize("secret", ["plJ3nmyCDGBKInavdOK15jsl", "whsec_not base64", "whsec_a"])
def test_a_secret_that_is_none_is_found_at_cold_start(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        check_secret(secret)


SIGNED_AT = datetime(2026, 11, 22, 23, 50, tzinfo=UTC)


#: Members that events have.
MEMBERS = ["to", "email", "tags", "bounce", "type", "subType", "message", "failed", "reason", "suppressed", "delivery"]
TYPES = [
    "email.bounced",
    "email.failed",
    "email.suppressed",
    "email.complained",
    "suppression.added",
    "suppression.removed",
]


def event(type_: str, **data: object) -> MailEvent:
    body = {"type": type_, "created_at": "2026-11-22T23:41:12.126Z", "data": {"to": ["Ada <Ada@Example.com>"], **data}}
    return read(body)


def read(body: object) -> MailEvent:
    found = MailEvent.from_json(json.dumps(body).encode(), signed_at=SIGNED_AT)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("type_", "data", "fate", "reason"),
    [
        ("email.delivered", {}, "delivered", None),
        ("email.delivery_delayed", {}, "delayed", None),
        ("email.bounced", {"bounce": {"type": "Permanent"}}, "bounced", "bounced"),
        ("email.bounced", {"bounce": {"type": "Permanent", "subType": None, "message": None}}, "bounced", "bounced"),
        ("email.bounced", {"bounce": {"type": "Transient"}}, "bounced_for_now", None),
        ("email.bounced", {"bounce": {"type": "Undetermined"}}, "bounced_for_now", None),
        ("email.bounced", {"bounce": {"type": None}}, "bounced_for_now", None),
        ("email.bounced", {"bounce": "hard"}, "bounced_for_now", None),
        ("email.bounced", {}, "bounced_for_now", None),
        ("email.complained", {}, "complained", "complained"),
        ("email.suppressed", {}, "suppressed_by_provider", "suppressed_by_provider"),
        ("email.failed", {"failed": {"reason": "reached_daily_quota"}}, "failed_after_acceptance", None),
        ("suppression.added", {"email": "ada@example.com"}, None, "suppressed_by_provider"),
        ("email.opened", {}, None, None),
        ("contact.created", {"id": 7}, None, None),
        ("no.such_event", {}, None, None),
    ],
)
def test_each_event_has_its_meaning(type_: str, data: dict[str, object], fate: str | None, reason: str | None) -> None:
    found = event(type_, **data)
    assert (found.fate, found.suppresses, found.addresses) == (fate, reason, ("ada@example.com",))


@pytest.mark.parametrize("to", [None, "Ada@Example.com", ["Ada@Example.com", None, 7], {"a": "b"}])
@pytest.mark.parametrize("created_at", ["2026-10-06 23:47:56.678+00", "2026-10-06T23:47:56", None, 7, "yesterday"])
def test_an_event_is_read_whatever_the_shape_of_its_members(to: object, created_at: object) -> None:
    body = {"type": "email.bounced", "created_at": created_at, "data": {"to": to, "bounce": {"type": "Permanent"}}}
    found = read(body)
    assert (found.fate, found.suppresses) == ("bounced", "bounced")
    assert found.at.tzinfo is not None
    if not isinstance(created_at, str) or created_at == "yesterday":
        assert found.at == SIGNED_AT
    if isinstance(to, str | list):
        assert found.addresses == ("ada@example.com",)


@pytest.mark.parametrize("data", [None, [], "text", 7, {"email": {"id": "x"}, "thread": {}}])
def test_an_event_whose_data_is_of_another_kind_is_about_nothing(data: object) -> None:
    found = read({"type": "inbox.email.received", "created_at": "2026-11-22T23:41:12.126Z", "data": data})
    assert (found.fate, found.suppresses, found.addresses, found.delivery_id) == (None, None, (), None)


def test_an_address_that_the_provider_freed_is_released() -> None:
    assert event("suppression.removed", to=None, email="Ada@Example.com").releases
    assert not event("email.delivered").releases


def test_a_delivery_is_named_by_its_tag_in_either_of_the_documented_shapes() -> None:
    id_ = uuid4()
    assert event("email.delivered", tags={"delivery": str(id_)}).delivery_id == id_
    assert event("email.delivered", tags=[{"name": "delivery", "value": str(id_)}]).delivery_id == id_


@pytest.mark.parametrize("tags", [None, {}, {"delivery": "12"}, {"delivery": None}, [{"value": "x"}], "text"])
def test_a_mail_that_names_no_delivery_is_about_none(tags: object) -> None:
    assert event("email.delivered", tags=tags).delivery_id is None


def test_what_the_mail_server_said_is_kept_as_one_line_of_bounded_length() -> None:
    detail = event("email.bounced", bounce={"type": "Permanent", "message": "no\r\nsuch\x00 user " * 100}).detail
    assert detail["message"].startswith("no such user no")
    assert len(detail["message"]) == 500


def test_why_the_provider_failed_is_kept() -> None:
    assert event("email.failed", failed={"reason": "reached_daily_quota"}).detail == {"reason": "reached_daily_quota"}
    suppressed = event("email.suppressed", suppressed={"type": "OnAccountSuppressionList", "message": "on the list"})
    assert suppressed.detail == {"type": "OnAccountSuppressionList", "message": "on the list"}
    bounce = {"type": "Permanent", "diagnosticCode": ["smtp; 550 5.1.1 no such user", "bye"]}
    assert event("email.bounced", bounce=bounce).detail["diagnostic"] == "smtp; 550 5.1.1 no such user bye"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type": 7}', b"\xff", b"[" * 100_000, b'{"type": NaN}'])
def test_what_is_signed_and_no_event_is_none(body: bytes) -> None:
    assert MailEvent.from_json(body, signed_at=SIGNED_AT) is None


json_values_ = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(["email.bounced", "Permanent", "a@b.example"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS) | st.text(), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(data=json_values_, type_=st.sampled_from(TYPES), created_at=json_values_)
def test_no_shape_of_an_event_raises_and_what_is_kept_can_be_stored(
    data: object, type_: str, created_at: object
) -> None:
    found = read({"type": type_, "created_at": created_at, "data": data})
    kept = json.dumps([*found.addresses, dict(found.detail)], ensure_ascii=False)
    assert "\\u0000" not in kept
    assert kept.encode()
