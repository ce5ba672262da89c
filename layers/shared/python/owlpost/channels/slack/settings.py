"""The Slack channel's settings, read from its section of the environment and checked before the first call."""

from collections.abc import Mapping
from typing import Self

from owlpost.channels.chat_text import Wording
from owlpost.channels.per_destination_settings import seals_of
from owlpost.domain import endpoints
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass
from owlpost.seals import Seals

#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "SLACK_BOT_TOKEN": ("the bot token of the workspace's app; without it incoming webhooks alone are reached", ""),
    "SLACK_BASE_URL": ("where Slack's Web API is", "https://slack.com/api"),
    "SLACK_HOSTS": (
        "hosts that incoming webhooks may have beside Slack's, comma-separated; `host:port` for one of one's own network",
        "",
    ),
}
BASE_URL = "https://slack.com/api"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`token` is None where the installation has no app in a workspace."""

    seals: Seals
    wording: Wording
    token: str | None
    base_url: str

    @classmethod
    def from_section(cls, section: Mapping[str, str]) -> Self:
        """Return the settings. Raises Misconfigured naming the variable at fault."""
        token = section.get("SLACK_BOT_TOKEN", "").strip() or None
        if token and not token.startswith("xoxb-"):
            raise Misconfigured("SLACK_BOT_TOKEN: must be a bot token, which begins with xoxb-")
        try:
            base_url = endpoints.origin(section.get("SLACK_BASE_URL") or BASE_URL)
        except ValueError as error:
            raise Misconfigured(f"SLACK_BASE_URL: {error}") from None
        return cls(seals_of(section), Wording.from_section(section), token, base_url)
