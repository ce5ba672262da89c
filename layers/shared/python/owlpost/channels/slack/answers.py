"""What Slack's answers mean.

Source: docs.slack.dev, chat.postMessage and users.lookupByEmail, Errors; Web API, Rate limits; and for incoming webhooks
"Sending messages using incoming webhooks", Handling errors.
"""

from collections.abc import Mapping
from datetime import datetime

from owlpost.channels.per_destination_verdict import Answer
from owlpost.channels.provider_answer import Meaning, document, retry_after, storable
from owlpost.channels.replies import Reply
from owlpost.channels.unknown_answers import CODE, tell_of_unknown

_BY_MEANING: Mapping[Meaning, tuple[str, ...]] = {
    Meaning.TOO_FAST: ("ratelimited", "rate_limited", "message_limit_exceeded"),
    Meaning.DEAD: ("channel_not_found", "is_archived"),
    Meaning.OFF: (
        *("not_in_channel", "ekm_access_denied", "restricted_action", "restricted_action_read_only_channel"),
        *("restricted_action_thread_only_channel", "restricted_action_thread_locked"),
        "restricted_action_non_threadable_channel",
    ),
    # `account_inactive` speaks of our token's user or workspace, never of the reader: nothing of theirs is dead.
    Meaning.OPERATOR: (
        *("account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed", "missing_scope"),
        *("no_permission", "access_denied", "org_login_required", "team_added_to_org", "messages_tab_disabled"),
        *("not_allowed_token_type", "team_access_not_granted", "accesslimited"),
    ),
    Meaning.REFUSED: (
        *("msg_too_long", "msg_blocks_too_long", "no_text", "invalid_blocks", "invalid_blocks_format"),
        *("invalid_arguments", "too_many_attachments", "users_not_found", "user_not_found"),
    ),
    # "It's possible some aspect of the operation succeeded before the error was raised."
    Meaning.UNKNOWN: ("internal_error", "fatal_error"),
    # The second: our body came truncated.
    Meaning.PASSES: ("service_unavailable", "request_timeout"),
}
MEANINGS: Mapping[str, Meaning] = {code: meaning for meaning, codes in _BY_MEANING.items() for code in codes}
#: What an incoming webhook says in plain text, by status.
WEBHOOK_MEANINGS: Mapping[int, Meaning] = {
    200: Meaning.ACCEPTED,
    400: Meaning.REFUSED,
    401: Meaning.OFF,
    403: Meaning.OFF,
    404: Meaning.DEAD,
    410: Meaning.DEAD,
    429: Meaning.TOO_FAST,
}


def read_answer(reply: Reply, at: datetime) -> tuple[Answer, Mapping[str, object]]:
    """Return what an answer of the Web API at this time means, and its document; the meaning is ACCEPTED where it says `ok`."""
    said = document(reply.body)
    code, wait = storable(said.get("error")), retry_after(reply.headers.get("retry-after"), now=at)
    if reply.status == 429:
        return Answer(Meaning.TOO_FAST, code or None, reply.status, wait), said
    if said.get("ok") is True:
        return Answer(Meaning.ACCEPTED, None, reply.status), said
    if code in MEANINGS:
        return Answer(MEANINGS[code], code, reply.status, wait), said
    return Answer(_by_status(reply.status, code), _shown(code), reply.status, wait), said


def read_webhook_answer(reply: Reply, at: datetime) -> Answer:
    """Return what the answer of an incoming webhook means: its body is a word, as `no_service`."""
    word = storable(reply.body[:60].decode("ascii", "replace")).strip()
    meaning = WEBHOOK_MEANINGS.get(reply.status)
    if meaning is None:
        meaning = Meaning.PASSES if reply.status >= 500 else Meaning.REFUSED
    code = None if meaning is Meaning.ACCEPTED else _shown(word)
    wait = retry_after(reply.headers.get("retry-after"), now=at)
    return Answer(meaning, code, reply.status, wait, proves=False)


def _by_status(status: int, code: str) -> Meaning:
    """Return what an answer means that no table has: a 2xx that is no word of Slack's may stand for a message."""
    if status >= 500:
        return Meaning.PASSES
    if code or not 200 <= status < 300:
        tell_of_unknown("slack", status, code, channel="slack")
        return Meaning.REFUSED
    return Meaning.UNKNOWN


def _shown(code: str) -> str | None:
    return code if CODE.fullmatch(code) else None
