"""What every chat says of a notification: its words cut to size, and links that can be followed from there."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Self

from owlpost import words as catalogue
from owlpost.channels.per_destination_settings import site_of
from owlpost.domain import links
from owlpost.domain.errors import Misconfigured
from owlpost.domain.messages import Delivery
from owlpost.domain.text import cut
from owlpost.domain.value import dataclass

#: What each variable that the chats share means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "CHAT_CONTENT": ("what chats are shown: `all`, or `title` for title and link alone", "all"),
}
SETTINGS_PAGE = "/dashboard/profile/destinations"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one delivery. `settings` is where its reader changes what they are told."""

    title: str
    body: str
    link: str | None
    settings: str | None
    #: The wording of its buttons, in the person's language; a room has none.
    wording: catalogue.Words = field(default_factory=catalogue.english)


@dataclass(frozen=True, slots=True)
class Wording:
    """`site` is where links lead, "" if it is not known. With `title_alone` no chat sees more than that."""

    site: str = ""
    title_alone: bool = False

    @classmethod
    def from_section(cls, section: Mapping[str, str]) -> Self:
        """Return the wording of a section. Raises Misconfigured naming the variable at fault."""
        content = section.get("CHAT_CONTENT", "all")
        if content not in {"all", "title"}:
            raise Misconfigured("CHAT_CONTENT: must be all or title")
        return cls(site_of(section), content == "title")

    def of(self, delivery: Delivery) -> Words:
        notification = delivery.notification
        return Words(
            notification.title,
            "" if self.title_alone else notification.body or "",
            links.absolute(notification.link, self.site),
            self.site + SETTINGS_PAGE if self.site else None,
            catalogue.of(delivery.locale),
        )


def fitted(text: str, limit: int, escape: Callable[[str], str] = str) -> str:
    """Return the text escaped, and cut so that it has at most so many characters then. No character is cut in half."""
    room = limit
    while len(found := escape(cut(text, room))) > limit:
        room -= max(1, (len(found) - limit) // 5)
    return found
