"""Whether Slack takes our bot token and its scopes: asked by calls of which nobody hears.

Source: docs.slack.dev, auth.test; users.lookupByEmail, Errors.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from owlpost.channels.http_call import HttpCall
from owlpost.channels.per_destination_verdict import Answer
from owlpost.channels.provider_answer import Meaning, storable
from owlpost.channels.replies import AnswerLostError, NotSentError
from owlpost.channels.slack.answers import read_answer
from owlpost.channels.slack.settings import SlackSettings
from owlpost.domain.chat_reasons import ChatReason
from owlpost.domain.clock import utc_now
from owlpost.domain.findings import Finding, good, note, unknown, wrong

SUBJECT = "Slack"
LOOK_UP = "Slack, look-up of people"
LONGEST_SECONDS = 10.0
#: Top level of the names that nobody ever has (RFC 2606, 2).
NOBODY = "nobody@owlpost.invalid"
TOKEN = (
    "Set SLACK_BOT_TOKEN to the bot token of the app, which begins with xoxb-; docs/chats.md says which scopes it has."  # noqa: S105 (a sentence)
)
SCOPE = "Give the app the scope users:read.email, and install it again. Direct messages need it, rooms do not."
AGAIN = "Try again, and see whether the network lets the worker out."


def check_keys(settings: SlackSettings, client: HttpCall, deadline: datetime) -> list[Finding]:
    """Return whether Slack takes our token, and lets us find people."""
    if settings.token is None:
        return [note(SUBJECT, "has no bot token of ours, so incoming webhooks alone are reached", TOKEN)]
    answer, said = _asked(settings, client, "auth.test", {}, deadline)
    if answer.meaning is not Meaning.ACCEPTED:
        return [_refused(SUBJECT, answer, TOKEN)]
    name = f"{storable(said.get('user')) or 'our app'} in {storable(said.get('team')) or 'its workspace'}"
    answer, _ = _asked(settings, client, "users.lookupByEmail", {"email": NOBODY}, deadline)
    # who is not there is not found, and so we may look
    may_look = answer.code == ChatReason.USERS_NOT_FOUND or answer.meaning is Meaning.ACCEPTED
    looked = good(LOOK_UP, "finds people by their address") if may_look else _refused(LOOK_UP, answer, SCOPE)
    return [good(SUBJECT, f"takes our token: {name}"), looked]


def _asked(
    settings: SlackSettings, client: HttpCall, method: str, asked: dict[str, str], deadline: datetime
) -> tuple[Answer, dict[str, Any]]:
    seconds = min(LONGEST_SECONDS, max(1.0, (deadline - utc_now()).total_seconds() / 3))
    url = f"{settings.base_url}/{method}" + (f"?{urlencode(asked)}" if asked else "")
    try:
        reply = client.ask("GET", url, {"authorization": f"Bearer {settings.token}"}, seconds=seconds)
    except (NotSentError, AnswerLostError) as error:
        return Answer.passes(str(error)), {}
    answer, said = read_answer(reply, utc_now())
    return answer, dict(said)


def _refused(subject: str, answer: Answer, remedy: str) -> Finding:
    said = answer.code or f"it answers {answer.status}"
    if answer.meaning is Meaning.OPERATOR:
        return wrong(subject, f"refuses: {said}", remedy)
    if answer.meaning is Meaning.REFUSED and answer.status is not None and answer.status < 500:
        return wrong(subject, f"refuses: {said}", remedy)
    return unknown(subject, f"gives no answer that tells: {said}", AGAIN)
