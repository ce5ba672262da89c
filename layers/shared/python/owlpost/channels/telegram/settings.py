"""The settings of Telegram, read from its section of the environment and checked before the first call."""

import re
from collections.abc import Mapping
from typing import Self

from owlpost.channels.per_destination_settings import seals_of, site_of
from owlpost.domain import endpoints
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass
from owlpost.seals import Seals

API = "https://api.telegram.org"
#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "TELEGRAM_BOT_TOKEN": ("token of the bot, as BotFather gives it", ""),
    "TELEGRAM_NAME": ("name of the bot, without @: people follow `t.me/NAME` to connect their chat", ""),
    "TELEGRAM_WEBHOOK_SECRET": ("secret by which we know that an update comes from Telegram", ""),
    "TELEGRAM_BASE_URL": ("address of Telegram's Bot API", API),
}
_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{20,100}")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """`token` is "" where Telegram is not set up."""

    seals: Seals
    token: str
    base_url: str
    site: str
    secret: str

    @classmethod
    def from_section(cls, section: Mapping[str, str]) -> Self:
        """Return the settings. Raises Misconfigured naming the variable at fault, and never its value."""
        token = section.get("TELEGRAM_BOT_TOKEN", "")
        if token and not _TOKEN.fullmatch(token):
            raise Misconfigured("TELEGRAM_BOT_TOKEN: must look like 123456:ABC-DEF…, as BotFather gives it")
        try:
            base_url = endpoints.origin(section.get("TELEGRAM_BASE_URL", "") or API)
        except ValueError as error:
            raise Misconfigured(f"TELEGRAM_BASE_URL: {error}") from None
        secret = section.get("TELEGRAM_WEBHOOK_SECRET", "")
        return cls(seals_of(section), token, base_url, site_of(section), secret)

    @property
    def is_real(self) -> bool:
        """Whether it is Telegram itself that is called, and no fake on this machine."""
        return self.base_url == API

    def url(self, method: str) -> str:
        """Return the URL of a method: it holds the token."""
        return f"{self.base_url}/bot{self.token}/{method}"
