"""What each of Resend's answers to `POST /emails/batch` means for the mails in the call.

Sources: resend.com/docs, pages "Errors", "Idempotency keys" and "Batch validation modes".
"""

import httpx
from pydantic import BaseModel, ValidationError

from owlpost.channels.email.pacing import seconds
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.domain.reasons import Reason

#: How soon to look whether the operator has mended the key or the quota has been filled up; seconds.
OPERATORS_PAUSE = 300.0
LONGEST_MESSAGE = 500


class _Created(BaseModel):
    id: str


class _Invalid(BaseModel):
    index: int
    message: str = ""


class _Batch(BaseModel):
    """`data` has the created mails only, in the order of the request; `errors` the others, by index."""

    data: list[_Created]
    errors: list[_Invalid] | None = None


class _Error(BaseModel):
    name: str = ""
    message: str = ""


def outcomes(response: httpx.Response, *, count: int) -> list[Outcome]:
    """What became of the `count` mails of the call, in its order."""
    if response.is_success:
        return _accepted(response, count)
    error = _error(response)
    if response.status_code in _REFUSALS and count == 1 and not is_operators_fault(response):
        return [Failed(error.name or "validation_error", _explained(error))]
    if error.name == "invalid_idempotent_request":
        # An earlier call with this key was received, holding something else: what it sent, nobody can tell any more.
        return [Failed(Reason.OUTCOME_UNKNOWN, _explained(error))] * count
    return [Retry(_fault(response, error), _explained(error))] * count


def says_when(response: httpx.Response) -> bool:
    """Whether the call came too early only, by a limit for the second, and the answer names the time to wait."""
    too_early = response.status_code == httpx.codes.TOO_MANY_REQUESTS and "quota" not in _error(response).name
    return too_early and bool(seconds(response.headers, "retry-after"))


def is_operators_fault(response: httpx.Response) -> bool:
    """Whether the key, the domain or the address of the API is wrong, rather than a mail or the moment."""
    if response.status_code in _REFUSALS:
        error = _error(response)
        return error.name == "invalid_from_address" or "API key" in error.message
    return response.status_code not in _PASSING and (response.is_redirect or response.is_client_error)


_REFUSALS = {
    httpx.codes.BAD_REQUEST,
    httpx.codes.REQUEST_ENTITY_TOO_LARGE,
    httpx.codes.UNPROCESSABLE_ENTITY,
}
_PASSING = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS}


def _accepted(response: httpx.Response, count: int) -> list[Outcome]:
    try:
        batch = _Batch.model_validate_json(response.content)
    except ValidationError:
        return [_unreadable()] * count
    invalid = {error.index: error.message for error in batch.errors or ()}
    created = [index for index in range(count) if index not in invalid]
    if len(created) != len(batch.data) or len(created) + len(invalid) != count:
        return [_unreadable()] * count
    ids = dict(zip(created, batch.data, strict=True))
    return [
        Sent({"provider_id": ids[index].id})
        if index in ids
        else Failed("validation_error", {"message": invalid[index][:LONGEST_MESSAGE]})
        for index in range(count)
    ]


def _unreadable() -> Retry:
    """The same batch under its key brings the first answer again, without sending anything."""
    return Retry(TransientFault(Reason.UNREADABLE_ANSWER, ambiguous=True))


def _fault(response: httpx.Response, error: _Error) -> TransientFault:
    wait = seconds(response.headers, "retry-after")
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        if "quota" in error.name:
            return TransientFault(error.name, retry_after=wait or OPERATORS_PAUSE, counts=False)
        return TransientFault(Reason.RATE_LIMITED, retry_after=wait, counts=False)
    if is_operators_fault(response):
        # Nothing against the mails: they wait for the operator as long as the retry policy lets them.
        return TransientFault(error.name or f"http_{status}", retry_after=OPERATORS_PAUSE, counts=False)
    if status in _REFUSALS:
        # Permissive validation names the mail at fault; here it did not, or the call as such was too large. Nothing was sent.
        return TransientFault(Reason.REJECTED_WHOLE, by_halves=True)
    return TransientFault(error.name or f"http_{status}", retry_after=wait, ambiguous=True)


def _error(response: httpx.Response) -> _Error:
    """Resend's own words, where the answer has them: a proxy in between may have written it instead."""
    try:
        return _Error.model_validate_json(response.content)
    except ValidationError:
        return _Error()


def _explained(error: _Error) -> dict[str, object]:
    return {"message": error.message[:LONGEST_MESSAGE]} if error.message else {}
