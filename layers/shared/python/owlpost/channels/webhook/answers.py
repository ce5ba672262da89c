"""What a receiver's status code means.

Source: Standard Webhooks 1.0.0, "Delivery success and failure": 2xx is a success and everything else a failure, which is tried
again, 404 and 400 too. 410 asks to "disable the webhook endpoint", and of a redirect it says "to update the webhook URL
instead". 429 asks to throttle; a `Retry-After`, as of a 503, "should be taken into consideration".
"""

from http import HTTPStatus

from owlpost.channels.provider_answer import Meaning

_SLOW_DOWN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def meaning_of(status: int, *, names_wait: bool) -> Meaning:
    """Return what the status means. `names_wait` is whether a `retry-after` came with it."""
    if 200 <= status < 300:
        return Meaning.ACCEPTED
    if 300 <= status < 400:
        return Meaning.REFUSED
    if status == HTTPStatus.GONE:
        return Meaning.DEAD
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status in _SLOW_DOWN and names_wait):
        return Meaning.TOO_FAST
    return Meaning.PASSES
