"""What was accepted is known for good: repeats are counted, and a restart forgets nothing."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from infra.local.providers.ledger import Ledger
from infra.local.providers.server import Providers
from tests.support.provider_clients import MAIL, Mailer, Pusher

CARD = {
    "type": "message",
    "attachments": [
        {"content": {"type": "AdaptiveCard", "body": [{"inlines": [{"type": "TextRun", "text": "Hello"}]}]}}
    ],
}


def test_the_ledger_counts_what_was_accepted_twice(
    providers: Providers, mail: Mailer, push: Pusher, http: httpx.Client
) -> None:
    for delivery in ("d1", "d1", "d2"):
        mail({**MAIL, "headers": {"X-Owlpost-Delivery": delivery}})
    mail(MAIL)
    mail(MAIL)
    for collapse_id in ("n1", "n1", "other"):
        push(apns_collapse_id=collapse_id)
    push("cd" * 32)

    summary = http.get(f"{providers.urls['mailbox']}/ledger.json").json()
    assert summary["accepted"] == {"email": 5, "mobile_push": 4}
    assert summary["duplicates"] == {
        "email": 1,
        "mobile_push_same_collapse_id": 1,
        "mobile_push_two_collapse_ids": 1,
        "webhook": 0,
        "chat": 0,
    }


def test_a_chat_that_is_told_of_one_delivery_twice_is_told_twice_and_of_two_is_not(
    providers: Providers, http: httpx.Client
) -> None:
    token = providers.credentials.accounts.telegram_token
    posts = {
        f"{providers.urls['discord']}/api/webhooks/1/a?wait=true": {"content": "Hello"},
        f"{providers.urls['teams']}/workflows/1": CARD,
        f"{providers.urls['telegram']}/bot{token}/sendMessage": {"chat_id": 7, "text": "Hello"},
    }
    for url, message in posts.items():
        for delivery in ("d1", "d2"):
            http.post(url, json=message, headers={"x-request-id": delivery}).raise_for_status()
    ledger = http.get(f"{providers.urls['mailbox']}/ledger.json").json()
    assert (ledger["accepted"]["teams"], ledger["duplicates"]["chat"]) == (2, 0)
    for url, message in posts.items():
        http.post(url, json=message, headers={"x-request-id": "d1"})
    assert http.get(f"{providers.urls['mailbox']}/ledger.json").json()["duplicates"]["chat"] == 3


def test_ledger_addresses_and_memory_survive_a_restart(folder: Path, http: httpx.Client) -> None:
    with Providers(folder) as first:
        answer = Mailer(first, http)(MAIL, idempotency_key="k")
    with Providers(folder) as second:
        told, again = first.announcement(), second.announcement()
        assert again.keys() == told.keys()
        # an address whose port somebody took meanwhile is another one
        others = {name for name in told if again[name] != told[name]}
        assert others <= first.urls.keys()
        assert len(others) < len(first.urls) / 2
        assert Mailer(second, http)(MAIL, idempotency_key="k").json() == answer.json()
        assert second.ledger.counts()["email"] == 1


def test_the_process_says_when_it_is_ready_and_stops_cleanly(folder: Path, http: httpx.Client) -> None:
    command = [sys.executable, "-m", "infra.local.providers.main", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        announced = json.loads(process.stdout.readline())
        headers = {"authorization": f"Bearer {announced['resend_api_key']}"}
        http.post(f"{announced['resend']}/emails", json=MAIL, headers=headers)
        assert http.get(announced["mailbox"]).text.startswith("<!doctype html>")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0

    ledger = Ledger(folder / "ledger.sqlite")
    assert ledger.counts()["email"] == 1
    ledger.close()
