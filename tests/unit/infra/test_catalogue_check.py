"""A lie in an answer of a fake is found by the check that every test of the fakes and of the peers makes."""

from dataclasses import replace
from typing import Any

import pytest

from infra.local.providers.catalogue import compact
from infra.local.providers.catalogues import CATALOGUES, catalogued
from infra.local.providers.exchange import Answer
from tests.support.catalogue_check import disagreements

APNS_ID = (("apns-id", "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D"),)


def answer(provider: str, name: str) -> Answer:
    """Return a catalogued answer as an honest fake gives it."""
    return catalogued(provider, name).answer(APNS_ID if provider == "apns" else ())


def with_body(provider: str, name: str, /, **changes: Any) -> Answer:
    document = dict(catalogued(provider, name).document or {}) | changes
    kept = {key: value for key, value in document.items() if value is not None}
    return replace(answer(provider, name), body=compact(kept))


def with_headers(provider: str, name: str, *headers: tuple[str, str]) -> Answer:
    return replace(answer(provider, name), headers=headers)


@pytest.mark.parametrize("provider", CATALOGUES)
def test_every_catalogued_answer_agrees_with_its_catalogue(provider: str) -> None:
    catalogue = CATALOGUES[provider]
    assert [disagreements(catalogue, answer(provider, name)) for name in catalogue.answers] == [[]] * len(
        catalogue.answers
    )


JSON = "application/json; charset=utf-8"
LIES: dict[str, tuple[str, Answer]] = {
    "an extra member in FCM's 200": ("fcm", with_body("fcm", "accepted", success=1)),
    "FCM's 400 names a field": ("fcm", with_body("fcm", "malformed_token", error={"code": 400, "details": []})),
    "APNs without apns-id": ("apns", with_headers("apns", "accepted")),
    "APNs with a content type": (
        "apns",
        with_headers("apns", "BadTopic", *APNS_ID, ("content-type", "application/json")),
    ),
    "retry-after on APNs' 429": ("apns", with_headers("apns", "TooManyRequests", *APNS_ID, ("retry-after", "1"))),
    "a timestamp on APNs' 400": ("apns", with_body("apns", "BadDeviceToken", timestamp=1)),
    "a reason that Apple does not have": ("apns", with_body("apns", "BadTopic", reason="WrongTopic")),
    "Resend's id under another name": ("resend", with_body("resend", "batch", data=[{"email_id": "x"}])),
    "Resend's error under another name": ("resend", with_body("resend", "rate_limit", name="too_many_requests")),
    "Resend's JSON as HTML": ("resend", with_headers("resend", "batch", ("content-type", "text/html"))),
    "a status that Resend never gives": ("resend", replace(answer("resend", "batch"), status=202)),
    "a token without expires_in": ("fcm_token", with_body("fcm_token", "granted", expires_in=None)),
    "a lifetime as text": ("fcm_token", with_body("fcm_token", "granted", expires_in="3599")),
    "a header twice": ("resend", with_headers("resend", "batch", ("content-type", JSON), ("content-type", JSON))),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found(lie: str) -> None:
    provider, told = LIES[lie]
    assert disagreements(CATALOGUES[provider], told) != []
