"""What a push service's status code means: the services are of several makers, and agree on statuses alone.

Sources: RFC 8030, sections 5 to 7; mozilla-services/autopush-rs, docs/src/errors.md; Microsoft Learn, "Push notification
service request and response headers", where 406 asks to slow down; Apple, "Sending web push notifications in web
apps and browsers".
"""

from http import HTTPStatus

from owlpost.channels.provider_answer import Meaning
from owlpost.channels.unknown_answers import tell_of_unknown

_DEAD = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
#: Our key or token; or a subscription that was made with another key: see `key_watch`.
_OUR_KEY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
_SLOW_DOWN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.NOT_ACCEPTABLE})


def meaning_of(status: int) -> Meaning:
    """Return what the status means. One that no source names is told of, and refused if it is a 4xx, else tried again."""
    if 200 <= status < 300:
        return Meaning.ACCEPTED
    if status in _DEAD:
        return Meaning.DEAD
    if status in _OUR_KEY:
        return Meaning.OPERATOR
    if status in _REFUSED:
        return Meaning.REFUSED
    if status in _SLOW_DOWN:
        return Meaning.TOO_FAST
    if status < 500:
        tell_of_unknown("web_push", status, "", channel="web_push")
        return Meaning.REFUSED
    return Meaning.PASSES
