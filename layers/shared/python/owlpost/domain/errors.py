"""Every error that Owlpost raises on purpose.

OwlpostError                     carries the HTTP status of its answer
├── InvalidRequest         400   the caller's input, by field
├── IdempotencyConflict    409   the key was used with another body
├── NotFound               404
├── Misconfigured          500   the operator's settings; found at cold start where possible
└── ProviderFault          what a channel's adapter meets; never reaches HTTP
    ├── TransientFault           retry me: 429, 5xx, connection, timeout
    └── PermanentFault           never retry me
"""

from http import HTTPStatus


class OwlpostError(Exception):
    status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR


class InvalidRequest(OwlpostError):
    """Input that cannot be taken; says which field and what is wrong with it."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, field: str, problem: str) -> None:
        # A sender may name a field anything; what SQS and logs cannot hold must not travel on in the answer.
        self.field = "".join(character if character.isprintable() else "\ufffd" for character in field[:200])
        super().__init__(f"{self.field}: {problem}")
        self.problem = problem


class IdempotencyConflict(OwlpostError):
    """The idempotency key has been used with another body; the first request stands."""

    status = HTTPStatus.CONFLICT

    def __init__(self, key: str) -> None:
        super().__init__(f"idempotency_key: {key!r} was already used with another body")
        self.field = "idempotency_key"


class NotFound(OwlpostError):
    status = HTTPStatus.NOT_FOUND


class Misconfigured(OwlpostError):
    """A setting is missing or cannot be understood; the operator has to mend it."""


class ProviderFault(OwlpostError):
    """A provider did not take what we sent.

    `reason` is a short code for the record (`rate_limited`, `BadDeviceToken`); the message may say more, never a secret.
    """

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class TransientFault(ProviderFault):
    """Retry me. `retry_after` is in seconds, where the provider named one.

    `ambiguous` is true where the provider may have accepted before we lost the answer. `counts` is false for faults that say
    nothing against the delivery itself, such as a rate limit: they delay it and use up no attempt. `by_halves` is true where
    something in a batch was refused, so that nothing of it was sent, and the answer does not say what: half of it may pass.
    """

    def __init__(
        self,
        reason: str,
        message: str = "",
        *,
        retry_after: float | None = None,
        ambiguous: bool = False,
        counts: bool = True,
        by_halves: bool = False,
    ) -> None:
        super().__init__(reason, message)
        self.retry_after = retry_after
        self.ambiguous = ambiguous
        self.counts = counts
        self.by_halves = by_halves


class PermanentFault(ProviderFault):
    """Never retry me."""
