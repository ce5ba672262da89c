"""Puts any code on a delivery into words: one of ours, one of a provider, or that of a missing credential."""

from http import HTTPStatus
from typing import TypeAlias

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.chat_reasons import ChatReason
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code that no table lists, in general words."""

    meaning: str
    remedy: str


Explained: TypeAlias = Reason | ProviderReason | ChatReason | Explanation

_KNOWN: dict[str, Explained] = {member.value: member for member in (*ProviderReason, *ChatReason, *Reason)}


def explain(code: str) -> Explained:
    """Return the meaning and the remedy of a code.

    A code that no table lists is that of a missing credential in the registry of channels, or else the provider's own.
    """
    return (
        _KNOWN.get(code)
        or _missing_credential(code)
        or Explanation(f"the provider answered {_in_words(code)}", "Look the code up in the provider's documentation.")
    )


def _in_words(code: str) -> str:
    """Return the name of an HTTP status beside its number, any other code as it is."""
    number = code.removeprefix("http_")
    try:
        return f"{number} {HTTPStatus(int(number)).phrase}"
    except ValueError:
        return code


def _missing_credential(code: str) -> Explanation | None:
    """Return what the registry says of a credential whose channel has no words of its own for its absence."""
    for channel in NOTIFICATION_CHANNELS.values():
        for credential in channel.credentials:
            if credential.otherwise == code:
                names = ", ".join(credential.variables)
                return Explanation(f"{names} is not set, so nothing is sent over {channel.label}", f"Set {names}.")
    return None
