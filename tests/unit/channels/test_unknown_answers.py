"""An answer that no table lists is told of once, by its provider, status and code, and without anybody's token."""

import json
from collections.abc import Callable, Iterator

import pytest

from infra.local.providers.catalogues import CATALOGUES
from owlpost.channels.email import resend_answers
from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push import apns_reasons, fcm_reasons
from owlpost.channels.unknown_answers import MOST
from owlpost.sandbox import Sandbox
from tests.support.log_reading import logged
from tests.support.mails import raw

TOKEN = "a1" * 32

Ask = Callable[[int, bytes], object]
PROVIDERS: dict[str, tuple[Ask, Callable[[str], object]]] = {
    "apns": (lambda status, body: apns_reasons.meaning(Response(status, {}, body)), lambda code: {"reason": code}),
    "fcm": (
        lambda status, body: fcm_reasons.meaning(Response(status, {}, body)),
        lambda code: {"error": {"status": code}},
    ),
    "resend": (
        lambda status, body: resend_answers.outcomes(raw(status, body), count=1),
        lambda code: {"name": code, "message": "no"},
    ),
}


@pytest.fixture(autouse=True)
def sandbox() -> Iterator[None]:
    with Sandbox():
        yield


def told(ask: Ask, *answers: tuple[int, object]) -> list[tuple[str, int, str]]:
    with logged() as log:
        for status, document in answers:
            ask(status, json.dumps(document).encode())
    lines = [line for line in log.lines if line["message"] == "answer is in no table"]
    return [(line["provider"], line["status"], line["code"]) for line in lines]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_kind_is_told_of_once(provider: str, capsys: pytest.CaptureFixture[str]) -> None:
    ask, saying = PROVIDERS[provider]
    new = saying("BrandNewCode")
    assert told(ask, (400, new), (400, new), (403, new), (502, {})) == [
        (provider, 400, "BrandNewCode"),
        (provider, 403, "BrandNewCode"),
        (provider, 502, "http_502"),
    ]
    assert told(ask, (400, new)) == []
    assert capsys.readouterr().out.count('"Name":"UnknownAnswer"') == 3


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("secret", [TOKEN, f"fcm:{TOKEN}", "ada@people.example", "no such\ntoken", "x" * 500])
def test_what_is_no_code_is_not_shown(provider: str, secret: str) -> None:
    ask, saying = PROVIDERS[provider]
    assert told(ask, (400, saying(secret))) == [(provider, 400, "no code")]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_makes_codes_up_does_not_fill_the_log(provider: str) -> None:
    ask, saying = PROVIDERS[provider]
    assert len(told(ask, *((400, saying(f"Code{number}")) for number in range(MOST * 2)))) == MOST


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_provider_documents_is_in_a_table(provider: str) -> None:
    ask, _ = PROVIDERS[provider]
    documented = [answer for answer in CATALOGUES[provider].answers.values() if answer.document]
    assert told(ask, *((answer.status, answer.document) for answer in documented)) == []
