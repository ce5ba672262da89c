"""The adapters' tables against the catalogue of the providers' own answers: each has the meaning that its source gives it."""

import json
import re

import botocore.session
import pytest

from infra.local.providers import (
    apns_catalogue,
    fcm_catalogue,
    oauth_catalogue,
    resend_catalogue,
    ses_catalogue,
    smtp_catalogue,
    telegram_catalogue,
    web_push_catalogue,
)
from infra.local.providers.catalogue import CataloguedAnswer
from infra.local.providers.catalogues import CATALOGUES
from infra.local.providers.ses_catalogue import SesRefusal
from owlpost.channels.email import ses
from owlpost.channels.email.resend_answers import is_operators_fault, outcomes
from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push import apns_reasons, fcm_reasons
from owlpost.channels.mobile_push.fcm_token import TokenRefused, refusal
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.telegram import answers as telegram_answers
from owlpost.channels.web_push import answers as web_push_answers
from owlpost.domain.outcomes import Failed, Outcome, Retry
from tests.support.mails import raw, reply


def response(catalogued: CataloguedAnswer) -> Response:
    return Response(catalogued.status, {}, catalogued.body)


@pytest.mark.parametrize("name", apns_catalogue.ANSWERS)
def test_an_answer_of_apns_means_what_its_source_says(name: str) -> None:
    catalogued = apns_catalogue.ANSWERS[name]
    assert apns_reasons.meaning(response(catalogued))[0] is catalogued.meaning


@pytest.mark.parametrize("name", fcm_catalogue.ANSWERS)
def test_an_answer_of_fcm_means_what_its_source_says(name: str) -> None:
    catalogued = fcm_catalogue.ANSWERS[name]
    assert fcm_reasons.meaning(response(catalogued))[0] is catalogued.meaning


@pytest.mark.parametrize("name", telegram_catalogue.ANSWERS)
def test_an_answer_of_telegram_means_what_its_source_says(name: str) -> None:
    catalogued = telegram_catalogue.ANSWERS[name]
    assert telegram_answers.meaning_of(catalogued.status, catalogued.body) is catalogued.meaning


@pytest.mark.parametrize("name", web_push_catalogue.ANSWERS)
def test_an_answer_of_a_push_service_means_what_its_source_says(name: str) -> None:
    catalogued = web_push_catalogue.ANSWERS[name]
    assert web_push_answers.meaning_of(catalogued.status) is catalogued.meaning


@pytest.mark.parametrize("name", oauth_catalogue.ANSWERS)
def test_an_answer_of_googles_token_endpoint_means_what_its_source_says(name: str) -> None:
    catalogued = oauth_catalogue.ANSWERS[name]
    fault = refusal(response(catalogued))
    assert (fault is None) is (catalogued.meaning is Meaning.ACCEPTED)
    assert isinstance(fault, TokenRefused) is (catalogued.meaning is Meaning.OPERATOR)


def of_resend(*meanings: Meaning) -> list[str]:
    return [name for name, answer in resend_catalogue.ANSWERS.items() if answer.meaning in meanings]


@pytest.mark.parametrize(
    "name", sorted(set(of_resend(Meaning.ACCEPTED)) - {"sent"})
)  # the answer to `POST /emails`, not ours
def test_an_answer_of_resend_to_a_batch_accounts_for_every_mail(name: str) -> None:
    document = resend_catalogue.ANSWERS[name].document or {}
    refused = [error["index"] for error in document.get("errors", [])]
    results = outcomes(reply(200, dict(document)), count=len(document["data"]) + len(refused))
    assert [index for index, outcome in enumerate(results) if isinstance(outcome, Failed)] == refused
    assert not any(isinstance(outcome, Retry) for outcome in results)


@pytest.mark.parametrize("count", [1, 2])
def test_a_key_that_was_used_for_other_mails_leaves_the_outcome_unknown(count: int) -> None:
    [name] = of_resend(Meaning.UNKNOWN)
    answer = raw(409, resend_catalogue.ANSWERS[name].body)
    assert {each.reason for each in outcomes(answer, count=count) if isinstance(each, Failed)} == {"outcome_unknown"}


@pytest.mark.parametrize("name", of_resend(*set(Meaning) - {Meaning.ACCEPTED, Meaning.UNKNOWN}))
def test_an_answer_of_resend_means_what_its_source_says(name: str) -> None:
    catalogued = resend_catalogue.ANSWERS[name]
    answer = raw(catalogued.status, catalogued.body)
    [alone], [one, _] = outcomes(answer, count=1), outcomes(answer, count=2)
    assert is_operators_fault(answer) is (catalogued.meaning is Meaning.OPERATOR)
    assert isinstance(alone, Failed) is (catalogued.meaning is Meaning.REFUSED)
    assert isinstance(one, Retry)
    assert one.fault.by_halves is (catalogued.meaning is Meaning.REFUSED)
    assert one.fault.counts is (catalogued.meaning in {Meaning.REFUSED, Meaning.PASSES})


def test_every_reason_of_apns_that_we_know_is_in_the_catalogue() -> None:
    documents = [answer.document for answer in apns_catalogue.ANSWERS.values() if answer.document]
    assert apns_reasons.REASONS.keys() == {document["reason"] for document in documents}


def test_a_reason_in_apples_goaway_is_the_operators_where_its_answer_would_be() -> None:
    for reason in apns_catalogue.GOODBYES:
        found = apns_reasons.refusal_in_goaway(json.dumps({"reason": reason}).encode())
        assert (found == reason) is (apns_catalogue.ANSWERS[reason].meaning is Meaning.OPERATOR)
    assert apns_reasons.refusal_in_goaway(apns_catalogue.TOO_MANY_STREAMS.encode()) is None
    assert apns_reasons.refusal_in_goaway(b"") is None


def outcome_of(refused: SesRefusal) -> Outcome:
    document = {"Code": refused.code, "Message": refused.message}
    return ses.refusal({"Error": document, "ResponseMetadata": {"HTTPStatusCode": refused.status}})


@pytest.mark.parametrize("name", ses_catalogue.REFUSALS)
def test_a_refusal_of_ses_means_what_its_source_says(name: str) -> None:
    meaning, found = ses_catalogue.REFUSALS[name].meaning, outcome_of(ses_catalogue.REFUSALS[name])
    assert isinstance(found, Failed) is (meaning is Meaning.REFUSED)
    if isinstance(found, Retry):
        fault = found.fault
        assert fault.misconfigured is (meaning is Meaning.OPERATOR)
        assert fault.counts is (meaning is Meaning.PASSES)
        assert not fault.ambiguous


def test_every_error_of_sendemail_that_botocore_knows_is_in_the_catalogue_with_its_status() -> None:
    call = botocore.session.get_session().get_service_model("sesv2").operation_model("SendEmail")
    known = {(shape.name, shape.metadata["error"]["httpStatusCode"]) for shape in call.error_shapes}
    assert known <= {(each.code, each.status) for each in ses_catalogue.REFUSALS.values()}


#: A page of a provider's documents, a thread, a file of an SDK, or a section of an RFC.
SITES = ("R", "A", "F", "G", "C", "AWS", "SW", "MS", "T")
SOURCE = re.compile(
    rf"\[(?:(?:{'|'.join(SITES)}) )?[a-z][\w./-]{{5,}}(?:, [^\]]+)?\]"
    r"|[\w-]+/[\w.-]+(?:#\d+|, [\w./-]+)(?: \([^)]+\))?"
    r"|RFC \d{4}, \d+(?:\.\d+)*"
)
SOURCES = [
    *(
        (f"{provider}: {name}", row.source)
        for provider, each in CATALOGUES.items()
        for name, row in each.answers.items()
    ),
    *((f"ses: {name}", refused.source) for name, refused in ses_catalogue.REFUSALS.items()),
    *((f"smtp: {name}", reply.source) for name, reply in smtp_catalogue.REPLIES.items()),
]


@pytest.mark.parametrize(("row", "source"), SOURCES, ids=[row for row, _ in SOURCES])
def test_every_row_names_a_page_a_thread_a_file_or_a_section(row: str, source: str) -> None:
    assert [part for part in source.split("; ") if not SOURCE.fullmatch(part)] == []


def test_no_error_of_fcm_has_an_empty_list() -> None:
    documents = [answer.document for answer in fcm_catalogue.ANSWERS.values() if answer.document]
    errors = [document["error"] for document in documents if "error" in document]
    assert all(error.get("details", ["absent"]) for error in errors)
