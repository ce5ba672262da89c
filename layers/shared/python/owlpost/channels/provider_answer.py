"""Reads what a provider answered as what it is: the input of a stranger."""

import json
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum, auto
from typing import Any

from owlpost.domain.text import cut, one_line

#: Characters of a provider's text that are kept.
LONGEST_TEXT = 200
#: Seconds. A longer `Retry-After` would take the delivery out of our hands.
LONGEST_WAIT = 3_600.0
#: Bytes. The answer for a batch of 100 mails has some 6 KB, those of the push providers less than 2 KB.
LARGEST_BODY = 65_536


class Meaning(StrEnum):
    """What a provider says by an answer: the one list of it, for the adapters' tables and the catalogues of the fakes."""

    ACCEPTED = auto()
    #: This mail or push will never be accepted.
    REFUSED = auto()
    #: The token or the mailbox is dead. A device is retired, unless it was registered again since.
    DEAD = auto()
    #: The owner of this destination has to do something first, as inviting our app: it is switched off, and said why.
    OFF = auto()
    #: Dead only if the provider's other environment does not know the token either.
    OTHER_ENVIRONMENT = auto()
    #: The token belongs to another app or project: skip this device. If all tokens do, it is the operator's fault.
    OTHER_APP = auto()
    #: Our bearer token is too old: renew it and ask once more.
    RENEW = auto()
    #: Our key, domain, topic or account is refused: nothing is deleted, an alarm rings, a later attempt may find it mended.
    OPERATOR = auto()
    #: Nobody can tell what became of the mails.
    UNKNOWN = auto()
    #: Passes by itself: try again.
    PASSES = auto()
    #: We are over a rate limit; it uses up no attempt.
    TOO_FAST = auto()


def storable(value: object) -> str:
    """Return a provider's text as Postgres and logs can hold it, at most LONGEST_TEXT characters; "" if it is no text."""
    return cut(one_line(value), LONGEST_TEXT) if isinstance(value, str) else ""


def document(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; {} if there is none, or if it is too large or too deep to be an honest answer."""
    if not body or len(body) > LARGEST_BODY:
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, 0 to LONGEST_WAIT. None if it is neither number nor date."""
    wait = _number(value) if value else None
    if wait is None and value:
        wait = _until(value, now)
    return None if wait is None else min(max(wait, 0.0), LONGEST_WAIT)


def _number(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
