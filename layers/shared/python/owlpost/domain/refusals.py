"""What the HTTP API answers to those it will not serve; the message is shown to people as it is.

OwlpostError
├── NotSignedIn            401
├── Unverified             401   a webhook that its provider did not sign
├── Forbidden              403
├── Conflict               409
├── Gone                   410
├── TooLarge               413
├── TooOften               429   with the seconds to wait
└── Unavailable            503   with the seconds to wait
    └── OutcomeUnknown           a mail that may have been sent
"""

from http import HTTPStatus

from owlpost.domain.errors import OwlpostError


class NotSignedIn(OwlpostError):
    """Nobody we know. `by_cookie` where it was the cookie that did not hold: it is then taken back."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str = "Please sign in.", *, by_cookie: bool = False) -> None:
        super().__init__(message)
        self.by_cookie = by_cookie


class Unverified(OwlpostError):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("Invalid webhook signature.")


class Forbidden(OwlpostError):
    status = HTTPStatus.FORBIDDEN


class Conflict(OwlpostError):
    status = HTTPStatus.CONFLICT


class Gone(OwlpostError):
    status = HTTPStatus.GONE


class TooLarge(OwlpostError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Postponed(OwlpostError):
    """Not now: the same request may be taken `retry_after` seconds from now."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = max(1, round(retry_after))


class TooOften(Postponed):
    status = HTTPStatus.TOO_MANY_REQUESTS


class Unavailable(Postponed):
    status = HTTPStatus.SERVICE_UNAVAILABLE


class OutcomeUnknown(Unavailable):
    """The mail may have been sent, or not."""
