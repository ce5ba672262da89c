"""The adapters' tables against the catalogue of the providers' own answers: each has the meaning that its source gives it."""

import httpx
import pytest

from infra.local.providers import apns_catalogue, fcm_catalogue, resend_catalogue
from infra.local.providers.catalogue import CataloguedAnswer, Meaning
from owlpost.channels.email.resend_answers import is_operators_fault, outcomes
from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push import apns_reasons, fcm_reasons
from owlpost.channels.mobile_push.verdict import Action
from owlpost.domain.outcomes import Failed, Retry

ACTIONS = {
    Meaning.ACCEPTED: Action.DELIVERED,
    Meaning.REFUSED: Action.REFUSED,
    Meaning.DEAD: Action.DEAD,
    Meaning.OTHER_ENVIRONMENT: Action.OTHER_ENVIRONMENT,
    Meaning.OTHER_APP: Action.OTHER_APP,
    Meaning.RENEW: Action.RENEW_TOKEN,
    Meaning.OPERATOR: Action.OPERATOR,
    Meaning.PASSES: Action.RETRY,
    Meaning.TOO_FAST: Action.SLOW_DOWN,
}


def response(catalogued: CataloguedAnswer) -> Response:
    return Response(catalogued.status, {}, catalogued.body)


@pytest.mark.parametrize("name", apns_catalogue.ANSWERS)
def test_an_answer_of_apns_means_what_its_source_says(name: str) -> None:
    catalogued = apns_catalogue.ANSWERS[name]
    assert apns_reasons.meaning(response(catalogued))[0] is ACTIONS[catalogued.meaning]


@pytest.mark.parametrize("name", fcm_catalogue.ANSWERS)
def test_an_answer_of_fcm_means_what_its_source_says(name: str) -> None:
    catalogued = fcm_catalogue.ANSWERS[name]
    assert fcm_reasons.meaning(response(catalogued))[0] is ACTIONS[catalogued.meaning]


@pytest.mark.parametrize("name", resend_catalogue.ANSWERS)
def test_an_answer_of_resend_means_what_its_source_says(name: str) -> None:
    catalogued = resend_catalogue.ANSWERS[name]
    answer = httpx.Response(catalogued.status, content=catalogued.body)
    [alone], [one, _] = outcomes(answer, count=1), outcomes(answer, count=2)
    assert is_operators_fault(answer) is (catalogued.meaning is Meaning.OPERATOR)
    assert isinstance(alone, Failed) is (catalogued.meaning is Meaning.REFUSED)
    assert isinstance(one, Retry)
    assert one.fault.by_halves is (catalogued.meaning is Meaning.REFUSED)
    assert one.fault.counts is (catalogued.meaning in {Meaning.REFUSED, Meaning.PASSES})


def test_every_reason_of_apns_that_we_know_is_in_the_catalogue() -> None:
    assert apns_reasons.REASONS.keys() == apns_catalogue.ANSWERS.keys() - {"accepted"}


def test_every_answer_names_its_source_and_no_error_of_fcm_has_an_empty_list() -> None:
    catalogues = (apns_catalogue.ANSWERS, fcm_catalogue.ANSWERS, resend_catalogue.ANSWERS)
    assert all(answer.source for answers in catalogues for answer in answers.values())
    documents = [answer.document for answer in fcm_catalogue.ANSWERS.values() if answer.document]
    errors = [document["error"] for document in documents if "error" in document]
    assert all(error.get("details", ["absent"]) for error in errors)
