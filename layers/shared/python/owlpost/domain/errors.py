"""Every error that Owlpost raises on purpose.

OwlpostError                     carries the HTTP status of its answer
├── InvalidRequest         400   the caller's input, by field
├── IdempotencyConflict    409   the key was used with another body
├── NotFound               404
├── Misconfigured          500   the operator's settings; found at cold start if possible
└── ProviderFault          raised by a channel's adapter; never reaches HTTP
    ├── TransientFault           retry me: 429, 5xx, connection, timeout
    └── PermanentFault           never retry me
"""

from http import HTTPStatus


class OwlpostError(Exception):
    status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR


class InvalidRequest(OwlpostError):
    """Invalid input: the field, and what is wrong with it."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, field: str, problem: str) -> None:
        # A sender may give a field any name; characters that SQS and logs cannot hold must not be in the answer.
        self.field = "".join(character if character.isprintable() else "\ufffd" for character in field[:200])
        super().__init__(f"{self.field}: {problem}")
        self.problem = problem


class IdempotencyConflict(OwlpostError):
    """The idempotency key was used before with another body. The first request is not changed."""

    status = HTTPStatus.CONFLICT

    def __init__(self, key: str) -> None:
        super().__init__(f"idempotency_key: {key!r} was already used with another body")
        self.field = "idempotency_key"


class NotFound(OwlpostError):
    status = HTTPStatus.NOT_FOUND


class Misconfigured(OwlpostError):
    """A setting is missing or invalid, and the operator has to correct it."""


class ProviderFault(OwlpostError):
    """A provider did not accept a delivery.

    `reason` is a short code for the record (`rate_limited`, `BadDeviceToken`). The message may say more, but no secret.
    """

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class TransientFault(ProviderFault):
    """Retry me. `retry_after` is in seconds, where the provider named one.

    `ambiguous`: the provider may have accepted before the answer was lost. `counts` is false for faults that are not the
    delivery's own, such as a rate limit: they delay it and use up no attempt. `by_halves`: the provider refused a batch as a
    whole without saying which member is at fault, so the batch is tried again in two halves. `misconfigured`: the provider
    refuses our key, domain, topic or account, which the operator has to mend. `server_error`: the provider answered that it
    failed (5xx), which says no, though a part may have happened all the same.
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
        misconfigured: bool = False,
        server_error: bool = False,
    ) -> None:
        super().__init__(reason, message)
        self.retry_after = retry_after
        self.ambiguous = ambiguous
        self.counts = counts
        self.by_halves = by_halves
        self.misconfigured = misconfigured
        self.server_error = server_error

    def in_doubt(self) -> "TransientFault":
        """Return the same fault for a delivery that an earlier call may have brought to the provider."""
        return TransientFault(
            self.reason,
            str(self),
            retry_after=self.retry_after,
            ambiguous=True,
            counts=self.counts,
            by_halves=self.by_halves,
            misconfigured=self.misconfigured,
            server_error=self.server_error,
        )


class PermanentFault(ProviderFault):
    """Never retry me."""
