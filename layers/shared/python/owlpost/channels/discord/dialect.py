"""What a webhook of Discord takes for a room, and what its answers mean.

Source: discord.com/developers/docs, Webhook Resource, Execute Webhook: `content` has at most 2,000 characters, without
`wait=true` a message that is not saved is no error, `allowed_mentions` with an empty `parse` mentions nobody, and the flag
SUPPRESS_EMBEDS shows no preview. Rate Limits: a 429 says how long to wait; who goes on with 401, 403 and 429 is banned for a
time, and a webhook that answers 404 is not to be used again.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from owlpost.channels.chat_text import Words, fitted
from owlpost.channels.per_destination_verdict import Answer
from owlpost.channels.provider_answer import Meaning, document, storable
from owlpost.channels.replies import Reply
from owlpost.channels.room_webhook import Dialect, Message, by_status

MOST_CONTENT = 2_000
MOST_TITLE = 300
SUPPRESS_EMBEDS = 1 << 2
MEANINGS: Mapping[int, Meaning] = {
    200: Meaning.ACCEPTED,
    204: Meaning.ACCEPTED,
    400: Meaning.REFUSED,
    401: Meaning.OFF,
    403: Meaning.OFF,
    404: Meaning.DEAD,
    429: Meaning.TOO_FAST,
}
#: Of Discord's Markdown, of mentions and of time stamps.
_MARKUP = re.compile(r"([\\*_~`|>#\[\]()<@:-])")


def render(words: Words) -> Message:
    """Return the message. A link in angle brackets gets no preview."""
    links = "".join(f"\n<{url}>" for url in (words.link,) if url and len(url) < MOST_CONTENT // 2)
    title = f"**{fitted(words.title, MOST_TITLE, escape)}**"
    body = fitted(words.body, MOST_CONTENT - len(title) - len(links) - 1, escape) if words.body.strip() else ""
    content = f"{title}\n{body}".rstrip() + links
    return {"content": content, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS}


def read(reply: Reply, at: datetime) -> Answer:
    """Return what an answer means, with the message's id."""
    answer = by_status(MEANINGS, reply, at)
    id_ = storable(document(reply.body).get("id"))
    return replace(answer, kept={"message_id": id_}) if answer.meaning is Meaning.ACCEPTED and id_ else answer


def address(url: str) -> str:
    """Return the URL with which Discord says what became of the message; one may name a thread."""
    parts = urlsplit(url)
    asked = [*((name, value) for name, value in parse_qsl(parts.query) if name != "wait"), ("wait", "true")]
    return parts._replace(query=urlencode(asked)).geturl()


def escape(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


DIALECT = Dialect(render, read, address)
