"""What a provider signed, and what it says: forged, stale and odd webhooks among them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from owlpost.domain.errors import InvalidRequest
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
    Envelope.of(headers(SENT)).verify(BODY, [SECRET], now=THEN)


def test_any_of_our_secrets_and_any_of_the_signatures_will_do() -> None:
    several = Envelope(SENT.id, SENT.timestamp, ("v1,AAAA", "v2,whatever", *SENT.signatures))
    several.verify(BODY, [OTHER, SECRET], now=THEN)


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
        envelope.verify(body, secrets, now=THEN + timedelta(seconds=late))


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


def event(type_: str, **data: object) -> MailEvent:
    body = {"type": type_, "created_at": "2026-11-22T23:41:12.126Z", "data": {"to": ["Ada <Ada@Example.com>"], **data}}
    return MailEvent.from_json(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("type_", "data", "fate", "reason"),
    [
        ("email.delivered", {}, "delivered", None),
        ("email.bounced", {"bounce": {"type": "Permanent"}}, "bounced", "bounced"),
        ("email.bounced", {"bounce": {"type": "Transient"}}, "bounced_for_now", None),
        ("email.bounced", {"bounce": {"type": "Undetermined"}}, "bounced_for_now", None),
        ("email.bounced", {}, "bounced_for_now", None),
        ("email.complained", {}, "complained", "complained"),
        ("email.suppressed", {}, None, "suppressed_by_provider"),
        ("suppression.added", {"email": "ada@example.com"}, None, "suppressed_by_provider"),
        ("email.opened", {}, None, None),
        ("contact.created", {"id": 7}, None, None),
    ],
)
def test_each_event_has_its_meaning(type_: str, data: dict[str, object], fate: str | None, reason: str | None) -> None:
    told = event(type_, **data)
    assert (told.fate, told.suppresses, told.addresses) == (fate, reason, ("ada@example.com",))


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


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type": "email.bounced"}', b"\xff"])
def test_what_is_signed_and_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        MailEvent.from_json(body)
