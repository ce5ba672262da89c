"""What a chat is told: one plain text with a button, so that nothing that somebody typed becomes a link or a command."""

from owlpost.channels.push_words import encoded
from owlpost.domain.links import absolute
from owlpost.domain.messages import Delivery
from owlpost.domain.text import ELLIPSIS, boundary
from owlpost.words import of

#: "Text of the message to be sent, 1-4096 characters after entities parsing" (Telegram Bot API, sendMessage), counted in
#: UTF-16 (python-telegram-bot, telegram.constants.MessageLimit; core.telegram.org/api/entities).
LONGEST_TEXT = 4_096


def chat_message(delivery: Delivery, site: str) -> bytes:
    """Return the body of `sendMessage` but for the chat. No `parse_mode`: the text is shown as it is."""
    notification = delivery.notification
    words = [notification.title, *([notification.body] if notification.body else [])]
    message: dict[str, object] = {
        "text": fitted("\n\n".join(words)),
        "link_preview_options": {"is_disabled": True},
    }
    link = absolute(notification.link, site)
    # Telegram refuses the whole message for a button that leads to a host without a dot
    if link and link.startswith("https://"):
        message["reply_markup"] = {"inline_keyboard": [[{"text": of(delivery.locale)("chat.open"), "url": link}]]}
    return encoded(message)


def fitted(text: str) -> str:
    """Return the text in at most LONGEST_TEXT units of UTF-16, cut between two characters as a reader sees them."""
    if _units(text) <= LONGEST_TEXT:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _units(text[:middle]) <= LONGEST_TEXT - 1:
            low = middle
        else:
            high = middle - 1
    return text[: boundary(text, low)].rstrip() + ELLIPSIS


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
