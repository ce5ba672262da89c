"""What all sections of the settings are."""

from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from owlpost.domain.addresses import normal_address
from owlpost.domain.errors import InvalidRequest


class SettingsSection(BaseModel):
    """A section of the settings: variables that begin with `prefix`, each with its meaning for docs/environment.md.

    Its validator is built at first use: each takes a millisecond of a cold start.
    """

    prefix: ClassVar[str]
    model_config = ConfigDict(frozen=True, defer_build=True)


Section = TypeVar("Section", bound=SettingsSection)


def listed(text: object) -> object:
    """Return comma-separated text as a list; anything else as it is."""
    return [each.strip() for each in text.split(",") if each.strip()] if isinstance(text, str) else text


def mailbox(text: str) -> str:
    """Return the address as it is stored. Raises ValueError if it is not one address."""
    try:
        return normal_address(text)
    except InvalidRequest:
        raise ValueError("must be one e-mail address") from None
