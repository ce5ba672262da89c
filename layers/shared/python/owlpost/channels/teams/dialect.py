"""What a workflow of Power Automate takes for a room of Microsoft Teams, and what its answers mean.

Body: a message with an adaptive card [learn.microsoft.com, Create and send messages]. Its text stands in a TextRun, where
Markdown is not supported [learn.microsoft.com, TextRun]: what was typed can be no link. A message may have about 28 KB
[learn.microsoft.com, Microsoft Teams connector]; the real limit was 21 KB for one library, so ours is below.

A 202 says that the workflow was started, not that anything appeared [robusta-dev/robusta#2113]; a 504, that it was started and
has not answered in time [learn.microsoft.com, Receive inbound HTTPS calls]. A 200 may hide an error of Teams in its words
[MicrosoftDocs/msteams-docs#4145]. A workflow that is switched off or deleted answers 400, and its code says so
[learn.microsoft.com, Best practices when updating a flow].
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from owlpost.channels.chat_text import Words
from owlpost.channels.per_destination_verdict import Answer
from owlpost.channels.provider_answer import Meaning, document, storable
from owlpost.channels.replies import Reply
from owlpost.channels.room_webhook import Dialect, Message, by_status
from owlpost.channels.unknown_answers import CODE
from owlpost.domain.text import cut

#: Characters, of at most four bytes each.
MOST_BODY = 4_000
MEANINGS: Mapping[int, Meaning] = {
    200: Meaning.ACCEPTED,
    202: Meaning.ACCEPTED,
    400: Meaning.REFUSED,
    401: Meaning.OFF,
    403: Meaning.OFF,
    404: Meaning.DEAD,
    410: Meaning.DEAD,
    413: Meaning.REFUSED,
    429: Meaning.TOO_FAST,
    504: Meaning.UNKNOWN,
}
#: Codes that say more than their status. Switched off it can be switched on again, and deleted it gets another URL.
CODES: Mapping[str, Meaning] = {"WorkflowTriggerIsNotEnabled": Meaning.OFF}
_HIDDEN = re.compile(rb"returned HTTP error (\d{3})")


def render(words: Words) -> Message:
    """Return the message."""
    body = [_text(words.title, weight="Bolder", size="Medium")]
    if words.body.strip():
        body.append(_text(cut(words.body, MOST_BODY)))
    actions = [
        {"type": "Action.OpenUrl", "title": title, "url": url}
        for title, url in (
            (words.wording("chat.open"), words.link),
            (words.wording("chat.settings"), words.settings),
        )
        if url
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": actions,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def read(reply: Reply, at: datetime) -> Answer:
    """Return what an answer means."""
    hidden = _HIDDEN.search(reply.body) if reply.status == 200 else None
    answer = by_status(MEANINGS, replace(reply, status=int(hidden[1])) if hidden else reply, at)
    if answer.meaning is Meaning.ACCEPTED:
        return answer
    code = _code(reply.body)
    return replace(answer, meaning=CODES.get(code or "", answer.meaning), code=code)


def _code(body: bytes) -> str | None:
    error = document(body).get("error")
    code = storable(error.get("code")) if isinstance(error, Mapping) else ""
    return code if CODE.fullmatch(code) else None


def _text(text: str, **look: str) -> Mapping[str, object]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **look}]}


DIALECT = Dialect(render, read)
