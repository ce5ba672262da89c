"""Refusals of Amazon SES to `SendEmail` of API version 2: the code in `x-amzn-errortype`, `{"message"}` as the body.

`[AWS …]` is docs.aws.amazon.com. Statuses and codes of the call's own errors are those of botocore's model of sesv2, which a
test compares; messages are of the pages and threads.
"""

from dataclasses import dataclass

from owlpost.channels.provider_answer import Meaning

_MODEL = "boto/botocore, botocore/data/sesv2/2019-09-27/service-2.json"
_COMMON = "[AWS mgn/latest/APIReference/CommonErrors.html, common to all services]"
_QUOTAS = "[AWS ses/latest/dg/manage-sending-quotas-errors.html]"
_ERRORS = "[AWS ses/latest/dg/troubleshoot-error-messages.html]"


@dataclass(frozen=True, slots=True)
class SesRefusal:
    """One refusal, with what it means for the mail."""

    status: int
    code: str
    message: str
    meaning: Meaning
    source: str


REFUSALS: dict[str, SesRefusal] = {
    "content": SesRefusal(400, "MessageRejected", "Invalid content", Meaning.REFUSED, _MODEL),
    "bad_request": SesRefusal(400, "BadRequestException", "The input is invalid", Meaning.REFUSED, _MODEL),
    "constraint": SesRefusal(400, "ValidationError", "The input fails to satisfy", Meaning.REFUSED, _COMMON),
    "too_large": SesRefusal(413, "RequestEntityTooLargeException", "", Meaning.REFUSED, _COMMON),
    "not_verified": SesRefusal(
        400,
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region US-EAST-1: owl@owls.example",
        Meaning.OPERATOR,
        f"{_ERRORS}; danilop/LambdAuth#64",
    ),
    "mail_from": SesRefusal(400, "MailFromDomainNotVerifiedException", "", Meaning.OPERATOR, _MODEL),
    "suspended": SesRefusal(400, "AccountSuspendedException", "", Meaning.OPERATOR, _MODEL),
    "paused": SesRefusal(400, "SendingPausedException", "Account is paused", Meaning.OPERATOR, f"{_MODEL}; {_ERRORS}"),
    "limit": SesRefusal(400, "LimitExceededException", "", Meaning.OPERATOR, _MODEL),
    "not_found": SesRefusal(404, "NotFoundException", "", Meaning.OPERATOR, _MODEL),
    "no_right": SesRefusal(403, "AccessDeniedException", "", Meaning.OPERATOR, _COMMON),
    "signature": SesRefusal(403, "IncompleteSignature", "", Meaning.OPERATOR, _COMMON),
    "old_credentials": SesRefusal(403, "ExpiredTokenException", "", Meaning.OPERATOR, _COMMON),
    "not_subscribed": SesRefusal(403, "OptInRequired", "", Meaning.OPERATOR, _COMMON),
    "daily_quota": SesRefusal(
        400, "ThrottlingException", "Daily message quota exceeded", Meaning.OPERATOR, f"{_QUOTAS}; {_COMMON}"
    ),
    "rate": SesRefusal(
        400, "ThrottlingException", "Maximum sending rate exceeded", Meaning.TOO_FAST, f"{_QUOTAS}; {_COMMON}"
    ),
    "too_many": SesRefusal(429, "TooManyRequestsException", "", Meaning.TOO_FAST, _MODEL),
    "aborted": SesRefusal(400, "RequestAbortedException", "", Meaning.PASSES, _COMMON),
    "timeout": SesRefusal(408, "RequestTimeoutException", "", Meaning.PASSES, _COMMON),
    "failure": SesRefusal(500, "InternalFailure", "", Meaning.PASSES, _COMMON),
    "unavailable": SesRefusal(503, "ServiceUnavailable", "", Meaning.PASSES, _COMMON),
}
