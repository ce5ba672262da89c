"""The fake Resend: mails, batches, idempotency keys, the rate limit."""

import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from tests.support.catalogue_check import honest_providers
from tests.support.clock import FakeClock
from tests.support.provider_clients import MAIL, Mailer


def test_a_mail_is_accepted_and_stands_in_the_mailbox(providers: Providers, mail: Mailer, http: httpx.Client) -> None:
    answer = mail({**MAIL, "text": "Hi", "headers": {"X-Owlpost-Delivery": "d1"}})

    assert answer.status_code == 200
    assert answer.json()["id"] == str(uuid.UUID(answer.json()["id"]))
    (message,) = http.get(f"{providers.urls['mailbox']}/messages.json?limit=5").json()["messages"]
    at = message.pop("at")
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds() < 60
    headers = {"from": MAIL["from"], "X-Owlpost-Delivery": "d1"}
    shown = {"subject": "Hello", "text": "Hi", "html": "<p>Hi</p>", "headers": headers}
    assert message == {"channel": "email", "to": "ada@example.org", **shown}


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"to": []}, "missing_required_field", "`to`"),
        ({"from": None}, "missing_required_field", "`from`"),
        ({"subject": ""}, "missing_required_field", "`subject`"),
        ({"html": None}, "missing_required_field", "`html`"),
        ({"to": ["ada"]}, "validation_error", "`to`"),
        ({"to": ["ada@example.org"] * 51}, "validation_error", "`to`"),
        ({"from": "Owl <owl>"}, "validation_error", "`from`"),
        ({"subject": "two\nlines"}, "validation_error", "`subject`"),
        ({"tags": [{"name": "no spaces", "value": "x"}]}, "validation_error", "Tags"),
    ],
)
def test_a_bad_mail_is_refused(mail: Mailer, change: dict[str, Any], name: str, words: str) -> None:
    answer = mail(MAIL | change)

    assert (answer.status_code, answer.json()["statusCode"], answer.json()["name"]) == (422, 422, name)
    assert words in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "authorization", "status", "name"),
    [
        ("/emails", "", 401, "missing_api_key"),
        ("/emails", "Bearer re_other", 401, "validation_error"),
        ("/letters", "Bearer re_other", 404, "not_found"),
    ],
)
def test_a_stranger_is_refused(mail: Mailer, path: str, authorization: str, status: int, name: str) -> None:
    answer = mail(MAIL, path=path, authorization=authorization)

    assert (answer.status_code, answer.json()["name"]) == (status, name)


@pytest.mark.parametrize("address", ["ada@example.com", "Ada <ada@TEST.com>"])
def test_an_address_that_only_bounces_is_refused_by_name(providers: Providers, mail: Mailer, address: str) -> None:
    answer = mail(MAIL | {"to": address})

    assert (answer.status_code, answer.json()["name"]) == (422, "validation_error")
    assert "example.com" in answer.json()["message"]
    assert providers.ledger.counts()["email"] == 0


def test_a_call_without_a_user_agent_is_refused_by_cloudflare(mail: Mailer) -> None:
    answer = mail(MAIL, user_agent="")

    assert (answer.status_code, answer.text) == (403, "error code: 1010")


def test_each_answer_tells_the_mails_of_this_month(mail: Mailer) -> None:
    used = [mail(MAIL).headers["x-resend-monthly-quota"] for _ in range(2)]

    assert used == ["1", "2"]
    assert "x-resend-daily-quota" not in mail(MAIL).headers


def test_the_free_plan_ends_at_its_mails_of_a_day_and_goes_on_the_next(folder: Path, http: httpx.Client) -> None:
    clock = FakeClock(datetime(2026, 11, 30, 12, tzinfo=UTC))
    options = Options(resend_rate=None, resend_daily_quota=3, clock=lambda: clock().timestamp())
    with honest_providers(folder, options) as providers:
        mail = Mailer(providers, http)
        assert mail([MAIL] * 3, path="/emails/batch").headers["x-resend-daily-quota"] == "3"
        refused = mail(MAIL)
        assert (refused.status_code, refused.json()["name"]) == (429, "daily_quota_exceeded")
        assert mail([MAIL], path="/emails/batch").status_code == 429
        clock.advance(hours=12)
        answer = mail(MAIL)
        assert [answer.headers[f"x-resend-{name}-quota"] for name in ("daily", "monthly")] == ["1", "1"]
        assert providers.ledger.counts()["email"] == 4


def test_a_server_that_knows_no_permissive_batches_refuses_the_whole_call(providers: Providers, mail: Mailer) -> None:
    providers.faults.add(Fault(provider="resend", fault="strict_batches"))
    answer = mail([MAIL, MAIL | {"to": ["ada"]}], path="/emails/batch", x_batch_validation="permissive")

    assert answer.status_code == 422
    assert providers.ledger.counts()["email"] == 0


def test_a_permissive_batch_accepts_the_good_and_names_the_bad_by_index(providers: Providers, mail: Mailer) -> None:
    answer = mail([MAIL, MAIL | {"to": ["ada"]}, MAIL], path="/emails/batch", x_batch_validation="permissive")

    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 2
    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert providers.ledger.counts()["email"] == 2


@pytest.mark.parametrize("batch", [[MAIL, MAIL | {"to": []}], [MAIL] * 101, [], MAIL])
def test_a_strict_batch_is_all_or_nothing(providers: Providers, mail: Mailer, batch: Any) -> None:
    assert mail(batch, path="/emails/batch").status_code == 422
    assert providers.ledger.counts()["email"] == 0


def test_the_same_key_and_payload_gets_the_first_answer_and_sends_nothing(providers: Providers, mail: Mailer) -> None:
    first, second = (mail([MAIL], path="/emails/batch", idempotency_key="batch-1") for _ in range(2))

    assert first.json() == second.json()
    assert providers.ledger.counts()["email"] == 1


def test_the_same_key_with_another_payload_is_a_conflict(providers: Providers, mail: Mailer) -> None:
    mail(MAIL, idempotency_key="k")
    answer = mail(MAIL | {"subject": "Other"}, idempotency_key="k")

    assert (answer.status_code, answer.json()["name"]) == (409, "invalid_idempotent_request")
    assert providers.ledger.counts()["email"] == 1


def test_a_key_still_at_work_is_a_conflict(providers: Providers, mail: Mailer) -> None:
    providers.faults.add(Fault(provider="resend", fault="latency", delay=4, times=1))
    slow = threading.Thread(target=mail, args=[MAIL], kwargs={"idempotency_key": "k"})
    slow.start()
    wait_until(lambda: providers.faults.injected("resend", "latency") == 1)

    answer = mail(MAIL, idempotency_key="k")

    assert (answer.status_code, answer.json()["name"]) == (409, "concurrent_idempotent_requests")
    slow.join()
    assert mail(MAIL, idempotency_key="k").status_code == 200
    assert providers.ledger.counts()["email"] == 1


def test_a_key_has_at_most_256_characters(mail: Mailer) -> None:
    assert mail(MAIL, idempotency_key="k" * 256).status_code == 200
    assert mail(MAIL, idempotency_key="k" * 257).json()["name"] == "invalid_idempotency_key"


def test_a_key_is_forgotten_after_a_day(folder: Path, http: httpx.Client) -> None:
    clock = FakeClock(datetime.now(UTC))
    with Providers(folder, Options(clock=lambda: clock().timestamp())) as providers:
        mail = Mailer(providers, http)
        mail(MAIL, idempotency_key="k")
        clock.advance(hours=23, minutes=59)
        mail(MAIL, idempotency_key="k")
        assert providers.ledger.counts()["email"] == 1
        clock.advance(minutes=2)
        mail(MAIL, idempotency_key="k")
        assert providers.ledger.counts()["email"] == 2


def test_more_requests_than_the_rate_are_told_when_to_return(folder: Path, http: httpx.Client) -> None:
    with Providers(folder, Options(resend_rate=2)) as providers:
        answers = [Mailer(providers, http)(MAIL) for _ in range(8)]

    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"2"}
    assert {"ratelimit-remaining", "ratelimit-reset"} <= answers[0].headers.keys()
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.json()["name"], refused.headers["retry-after"]) == ("rate_limit_exceeded", "1")


def wait_until(holds: Any, *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        threading.Event().wait(0.005)
