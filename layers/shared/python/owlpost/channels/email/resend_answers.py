"""Maps each answer of Resend to `POST /emails/batch` to the outcomes of the mails in the call.

Sources: resend.com/docs, pages "Errors", "Idempotency keys", "Batch validation modes" and "403 error 1010".
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ValidationError

from owlpost.channels.email.pacing import wait_of
from owlpost.channels.provider_answer import storable
from owlpost.channels.replies import Reply
from owlpost.channels.unknown_answers import tell_of_unknown
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

#: Seconds until we look whether the operator has mended the key, or the quota was filled up.
OPERATORS_PAUSE = 300.0

Words = Annotated[str, BeforeValidator(storable)]


@dataclass(frozen=True, slots=True)
class OperatorsRow:
    """An answer about our key, domain, sender, account or address of the API. None matches any status or name."""

    status: int | None
    name: str | None = None
    #: A part of the message.
    phrase: str = ""


SENDER_PHRASE = "`from` field"
#: The answers that are plainly ours to mend. Any other refusal is taken for the fault of a mail: the call is halved.
OPERATORS = (
    OperatorsRow(401),
    OperatorsRow(402),
    OperatorsRow(403),
    OperatorsRow(404),
    OperatorsRow(405),
    OperatorsRow(429, ProviderReason.DAILY_QUOTA_EXCEEDED),
    OperatorsRow(429, ProviderReason.MONTHLY_QUOTA_EXCEEDED),
    OperatorsRow(None, ProviderReason.INVALID_FROM_ADDRESS),
    OperatorsRow(None, ProviderReason.VALIDATION_ERROR, SENDER_PHRASE),
    OperatorsRow(None, ProviderReason.VALIDATION_ERROR, "API key"),
)
#: The key was used for another call.
REUSED_KEY = "invalid_idempotent_request"
KNOWN_NAMES = frozenset({*map(str, ProviderReason), REUSED_KEY})
#: Answers that pass by themselves: the call may be made again as it is.
PASSING = frozenset({408, 409, 425, 429})


class _Created(BaseModel):
    id: Words


class _Invalid(BaseModel):
    index: int
    message: Words = ""


class _Batch(BaseModel):
    """`data` has the created mails only, in the order of the request; `errors` has the others, by index."""

    data: list[_Created]
    errors: list[_Invalid] | None = None


class _Error(BaseModel):
    """Resend's own words. Both are empty if the answer was written by a proxy in between."""

    name: Words = ""
    message: Words = ""


def outcomes(reply: Reply, *, count: int) -> list[Outcome]:
    """Return the outcomes of the `count` mails of the call, in its order."""
    if 200 <= reply.status < 300:
        return _accepted(reply, count)
    error = _error(reply)
    if error.name not in KNOWN_NAMES:
        tell_of_unknown("resend", reply.status, error.name or f"http_{reply.status}", channel="email")
    if error.name == REUSED_KEY:
        # An earlier call with this key held something else. Nobody can tell any more what it sent.
        return [Failed(Reason.OUTCOME_UNKNOWN, _explained(error))] * count
    fault = _fault(reply, error)
    if fault.by_halves and count == 1:
        return [Failed(error.name or f"http_{reply.status}", _explained(error))]
    return [Retry(fault, _explained(error))] * count


def says_when(reply: Reply) -> bool:
    """Return whether the call only exceeds the limit per second, and the answer says how long to wait."""
    over_limit = reply.status == HTTPStatus.TOO_MANY_REQUESTS and not is_operators_fault(reply)
    return over_limit and bool(wait_of(reply.headers))


def is_operators_fault(reply: Reply) -> bool:
    """Return whether our key, domain, sender, plan or address of the API is refused, and not a mail or the moment."""
    return 300 <= reply.status < 400 or (400 <= reply.status < 500 and _is_ours(reply.status, _error(reply)))


def _is_ours(status: int, error: _Error) -> bool:
    return any(
        row.status in {None, status} and row.name in {None, error.name} and row.phrase in error.message
        for row in OPERATORS
    )


def _accepted(reply: Reply, count: int) -> list[Outcome]:
    try:
        batch = _Batch.model_validate_json(reply.body)
    except ValidationError:
        return [_unreadable()] * count
    invalid = {error.index: error.message for error in batch.errors or ()}
    created = [index for index in range(count) if index not in invalid]
    if len(created) != len(batch.data) or len(created) + len(invalid) != count:
        return [_unreadable()] * count
    ids = dict(zip(created, batch.data, strict=True))
    return [
        Sent({"provider_id": ids[index].id}) if index in ids else _refused(invalid[index]) for index in range(count)
    ]


def _refused(message: str) -> Outcome:
    """Return the outcome of one mail in `errors`. A sender that Resend refuses is ours to mend, mail by mail or not."""
    if SENDER_PHRASE in message:
        return Retry(_operators_fault(ProviderReason.INVALID_FROM_ADDRESS), {"message": message})
    return Failed(ProviderReason.VALIDATION_ERROR, {"message": message})


def _unreadable() -> Retry:
    """Return the outcome after which the same batch asks under its key once more, which sends nothing twice."""
    return Retry(TransientFault(Reason.UNREADABLE_ANSWER, ambiguous=True))


def _operators_fault(reason: str, wait: float | None = None) -> TransientFault:
    """Nothing is wrong with the mails: they wait for the operator as long as the retry policy lets them."""
    return TransientFault(reason, retry_after=wait or OPERATORS_PAUSE, counts=False, misconfigured=True)


def _fault(reply: Reply, error: _Error) -> TransientFault:
    wait, status = wait_of(reply.headers), reply.status
    reason = error.name or f"http_{status}"
    if is_operators_fault(reply):
        return _operators_fault(reason, wait)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TransientFault(Reason.RATE_LIMITED, retry_after=wait, counts=False)
    if status == HTTPStatus.BAD_REQUEST and not error.name:
        return TransientFault(reason, retry_after=wait)  # a proxy's page: Resend has not seen the call
    if 400 <= reply.status < 500 and status not in PASSING:
        # Resend does not say which mail is at fault, or the call as such is too large. Nothing was sent.
        return TransientFault(Reason.REJECTED_WHOLE, by_halves=True)
    return TransientFault(reason, retry_after=wait, ambiguous=True)


def _error(reply: Reply) -> _Error:
    try:
        return _Error.model_validate_json(reply.body)
    except ValidationError:
        return _Error()


def _explained(error: _Error) -> Mapping[str, object]:
    return {"message": error.message} if error.message else {}
