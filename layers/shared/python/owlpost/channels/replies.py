"""What comes back from one POST: an answer, or one of two faults that say whether anything can have happened."""

from collections.abc import Mapping
from typing import Protocol

from owlpost.domain.value import dataclass


class NotSentError(Exception):
    """No connection could be made. Nothing was sent."""


class AnswerLostError(Exception):
    """The request went out, at least in part, and no answer was understood in time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names are in lower case. `body` holds the first bytes, as many as the client reads."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Poster(Protocol):
    """What posts: see `http_call` for providers, and `guarded` for the URLs of strangers."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Reply:
        """Post once, within so many seconds. Raises NotSentError or AnswerLostError."""
        ...
