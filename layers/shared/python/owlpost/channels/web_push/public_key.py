"""What a page needs to subscribe: the API hands it out, and loads this where web push is switched on."""

from collections.abc import Mapping

from owlpost.channels.web_push.settings import secret_of
from owlpost.channels.web_push.vapid import public_key_of


def public_key(section: Mapping[str, str]) -> str:
    """Return the `applicationServerKey` of this installation. Raises Misconfigured without a secret."""
    return public_key_of(secret_of(section))
