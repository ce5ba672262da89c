"""A notification as Slack shows it.

Limits: a header has 150 characters, the text of a section 3,000, a URL 3,000 [docs.slack.dev, Reference: Block Kit, Blocks].
All blocks together failed beyond about 13,200 characters [slackapi/bolt-js#2509], of which ours are far. `&`, `<` and `>` are
escaped in every text [docs.slack.dev, Formatting message text]: else somebody called `<!channel>` calls everybody.
"""

from collections.abc import Mapping
from typing import TypeAlias

from owlpost.channels.chat_text import Wording, Words, fitted
from owlpost.domain.messages import Delivery

Message: TypeAlias = Mapping[str, object]
MOST_HEADER = 150
MOST_SECTION = 2_800
MOST_TEXT = 3_000
MOST_URL = 3_000


def content(delivery: Delivery, wording: Wording) -> Message:
    """Return what is sent of a delivery. Its id goes along where nobody sees it, for an app that looks for the message."""
    payload = {"event_type": "owlpost_delivery", "event_payload": {"delivery_id": str(delivery.id)}}
    return {**message(wording.of(delivery)), "metadata": payload}


def message(words: Words) -> Message:
    """Return the arguments of `chat.postMessage` but for the channel, which an incoming webhook takes as well.

    `text` is what screen readers and notifications of the operating system say. Links get no preview.
    """
    blocks: list[Mapping[str, object]] = [{"type": "header", "text": _plain(words.title, MOST_HEADER)}]
    if words.body.strip():
        blocks.append({"type": "section", "text": _plain(words.body, MOST_SECTION)})
    if words.link and len(words.link) <= MOST_URL:
        button = {
            "type": "button",
            "text": _plain(words.wording("chat.open"), MOST_HEADER),
            "url": words.link,
            "action_id": "open",
        }
        blocks.append({"type": "actions", "elements": [button]})
    if words.settings:
        link = {"type": "mrkdwn", "text": f"<{escape(words.settings)}|{escape(words.wording('chat.settings'))}>"}
        blocks.append({"type": "context", "elements": [link]})
    text = f"{words.title}\n{words.body}".strip()
    return {"text": fitted(text, MOST_TEXT, escape), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str, limit: int) -> Mapping[str, object]:
    return {"type": "plain_text", "text": fitted(text, limit, escape), "emoji": False}
