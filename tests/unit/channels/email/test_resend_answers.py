"""Every answer of Resend has one meaning for the mails in the call."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from owlpost.channels.email.resend_answers import is_operators_fault, outcomes
from owlpost.channels.provider_answer import storable
from owlpost.channels.replies import Reply
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from tests.support.mails import raw, reply


def answer(status: int, name: str = "", message: str = "", **headers: str) -> Reply:
    return reply(status, {"statusCode": status, "name": name, "message": message}, **headers)


def only(response: Reply, count: int = 2) -> Outcome:
    """The one outcome that all mails of the call share."""
    all_of_them = outcomes(response, count=count)
    assert len(all_of_them) == count
    assert all(outcome == all_of_them[0] for outcome in all_of_them)
    return all_of_them[0]


def retry(response: Reply, count: int = 2) -> Retry:
    outcome = only(response, count)
    assert isinstance(outcome, Retry)
    return outcome


def test_each_accepted_mail_is_sent_with_its_own_id() -> None:
    response = reply(200, {"data": [{"id": "a"}, {"id": "b"}]})
    assert outcomes(response, count=2) == [Sent({"provider_id": "a"}), Sent({"provider_id": "b"})]


def test_an_invalid_mail_fails_alone_and_the_ids_of_the_others_stay_theirs() -> None:
    response = reply(
        200, {"data": [{"id": "a"}, {"id": "c"}], "errors": [{"index": 1, "message": "Invalid `to` field."}]}
    )
    assert outcomes(response, count=3) == [
        Sent({"provider_id": "a"}),
        Failed("validation_error", {"message": "Invalid `to` field."}),
        Sent({"provider_id": "c"}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"<html>gateway</html>",
        b"null",
        b"{}",
        b'{"data": []}',
        b'{"data": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}',
        b'{"data": [{"id": "a"}], "errors": [{"index": 7}]}',
        b'{"data": [{"id": "a"}, {"id": "b"}], "errors": [{"index": -1}]}',
    ],
)
def test_a_success_that_does_not_account_for_every_mail_is_ambiguous(content: bytes) -> None:
    assert retry(raw(200, content)).fault.ambiguous


def test_a_rate_limit_delays_the_batch_and_uses_up_no_attempt() -> None:
    fault = retry(answer(429, "rate_limit_exceeded", retry_after="3")).fault
    assert (fault.reason, fault.retry_after, fault.counts, fault.ambiguous) == ("rate_limited", 3.0, False, False)


@pytest.mark.parametrize("name", ["daily_quota_exceeded", "monthly_quota_exceeded"])
def test_an_exhausted_quota_delays_the_batch_for_longer(name: str) -> None:
    fault = retry(answer(429, name)).fault
    assert (fault.reason, fault.counts) == (name, False)
    assert fault.retry_after is not None
    assert fault.retry_after >= 60


@pytest.mark.parametrize("header", ["", "soon", "-1", "nan", "inf"])
def test_a_senseless_retry_after_breaks_nothing(header: str) -> None:
    fault = retry(answer(429, "rate_limit_exceeded", retry_after=header)).fault
    assert fault.retry_after is None or 0 <= fault.retry_after <= 86_400


def test_while_the_first_call_is_running_the_outcome_is_open() -> None:
    assert retry(answer(409, "concurrent_idempotent_requests")).fault.ambiguous


def test_a_key_used_with_another_payload_is_never_sent_again() -> None:
    outcome = only(answer(409, "invalid_idempotent_request", "Same key"))
    assert outcome == Failed("outcome_unknown", {"message": "Same key"})


#: Answers that are about one mail, or about something that no table knows: whoever is alone with it fails by it.
MAIL_FAULTS = [
    (400, "invalid_idempotency_key", ""),
    (413, "validation_error", ""),
    (418, "something_new", "A new rule."),
    (422, "missing_required_field", "Missing `to` field."),
    (422, "validation_error", "Invalid `to` field."),
    (451, "security_error", "We may have found a security issue with the request."),
]
#: Answers that are plainly about our key, our domain or sender, our account or the address of the API.
OPERATOR_FAULTS = [
    (301, "", ""),
    (400, "validation_error", "API key is invalid"),
    (401, "missing_api_key", ""),
    (401, "restricted_api_key", ""),
    (401, "validation_error", "API key is invalid"),
    (402, "payment_required", "Your plan has ended."),
    (403, "invalid_api_key", ""),
    (403, "invalid_permission", ""),
    (403, "suspended_api_key", ""),
    (403, "validation_error", "The example.com domain is not verified."),
    (404, "not_found", ""),
    (405, "method_not_allowed", ""),
    (422, "invalid_from_address", ""),
    (
        422,
        "validation_error",
        "Invalid `from` field. The email address needs to follow the `email@example.com` format.",
    ),
]


@pytest.mark.parametrize(("status", "name", "message"), MAIL_FAULTS)
def test_what_is_not_plainly_ours_is_halved_and_fails_only_who_is_alone_with_it(
    status: int, name: str, message: str
) -> None:
    response = answer(status, name, message)
    whole = retry(response).fault
    assert (whole.by_halves, whole.ambiguous, whole.misconfigured) == (True, False, False)
    alone = only(response, 1)
    assert isinstance(alone, Failed)
    assert alone.reason == name


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("status", "name", "message"), OPERATOR_FAULTS)
def test_what_is_plainly_ours_waits_for_the_operator_and_costs_no_mail(
    status: int, name: str, message: str, count: int
) -> None:
    response = answer(status, name, message)
    assert is_operators_fault(response)
    fault = retry(response, count).fault
    assert (fault.by_halves, fault.counts, fault.ambiguous, fault.misconfigured) == (False, False, False, True)
    assert fault.retry_after is not None


def test_a_sender_address_that_is_named_mail_by_mail_is_the_operators_fault_too() -> None:
    message = "Invalid `from` field. The email address needs to follow the `email@example.com` format."
    errors = [{"index": index, "message": message} for index in range(2)]
    refused = outcomes(reply(200, {"data": [], "errors": errors}), count=2)
    faults = [outcome.fault for outcome in refused if isinstance(outcome, Retry)]
    assert [(fault.reason, fault.counts, fault.misconfigured) for fault in faults] == [
        ("invalid_from_address", False, True)
    ] * 2


@pytest.mark.parametrize("count", [1, 2])
def test_a_page_of_a_proxy_condemns_no_mail(count: int) -> None:
    fault = retry(raw(400, b"<html>400 Bad Request</html>"), count).fault
    assert (fault.reason, fault.by_halves, fault.ambiguous) == ("http_400", False, False)


@pytest.mark.parametrize("name", ["invalid\x00name", "x" * 10_000])
def test_the_words_of_an_answer_are_storable(name: str) -> None:
    outcome = only(answer(422, name, name), 1)
    assert isinstance(outcome, Failed)
    assert outcome.reason == outcome.metadata["message"] == storable(name)


def test_a_refused_mail_is_recorded_in_storable_words() -> None:
    response = reply(200, {"data": [], "errors": [{"index": 0, "message": "\x00" * 900}]})
    [outcome] = outcomes(response, count=1)
    assert isinstance(outcome, Failed)
    assert len(str(outcome.metadata["message"])) <= 200
    assert "\x00" not in str(outcome.metadata["message"])


@pytest.mark.parametrize("message", [None, 7, ["a"]])
def test_an_error_without_words_still_refuses_its_mail(message: object) -> None:
    response = reply(200, {"data": [{"id": "a"}], "errors": [{"index": 0, "message": message}]})
    assert outcomes(response, count=2) == [Failed("validation_error", {"message": ""}), Sent({"provider_id": "a"})]


def test_retry_after_may_be_a_date_and_is_at_most_an_hour() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(days=3), usegmt=True)
    assert retry(answer(429, "rate_limit_exceeded", retry_after=later)).fault.retry_after == 3_600


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_single_mail_fails(status: int) -> None:
    assert only(answer(status, "validation_error", "Bad"), 1) == Failed("validation_error", {"message": "Bad"})


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_call_with_several_mails_sent_none_and_condemns_none(status: int) -> None:
    fault = retry(answer(status, "validation_error")).fault
    assert (fault.reason, fault.ambiguous, fault.by_halves) == ("rejected_whole", False, True)


@pytest.mark.parametrize(
    ("status", "name"),
    [(401, "missing_api_key"), (403, "invalid_api_key"), (403, "validation_error"), (404, "not_found"), (301, "")],
)
def test_the_operators_fault_costs_no_mail(status: int, name: str) -> None:
    response = answer(status, name)
    fault = retry(response).fault
    assert is_operators_fault(response)
    assert (fault.reason, fault.counts, fault.ambiguous) == (name or f"http_{status}", False, False)
    assert fault.retry_after is not None


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("status", "name", "message"),
    [(422, "invalid_from_address", "Invalid `from` field."), (400, "validation_error", "API key is invalid")],
)
def test_no_mail_is_condemned_for_the_operators_address_or_key(
    status: int, name: str, message: str, count: int
) -> None:
    response = answer(status, name, message)
    assert is_operators_fault(response)
    fault = retry(response, count).fault
    assert (fault.reason, fault.by_halves, fault.counts) == (name, False, False)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_error_leaves_the_outcome_open(status: int) -> None:
    response = raw(status, b"<html>", retry_after="7")
    fault = retry(response).fault
    assert (fault.reason, fault.retry_after, fault.ambiguous) == (f"http_{status}", 7.0, True)
    assert not is_operators_fault(response)
