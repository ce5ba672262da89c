"""The mailbox of the same laptop: what the fake providers took, and the switchboard of their faults."""

from typing import Any

import httpx

SECONDS = 5


class MailboxAway(Exception):
    """The mailbox does not answer. The message is a sentence."""


class Neighbour:
    """Asks the mailbox at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def sent(self, asked: Any) -> Any:
        """Return what was accepted for a delivery: `{"messages": [...]}`, newest first."""
        wanted = {name: str(asked[name]) for name in ("delivery", "notification") if asked.get(name)}
        return self._ask("GET", "/messages.json", query={"limit": "20", **wanted})

    def faults(self, asked: Any) -> Any:
        """Add a fault if one is given, end all if `{"clear": true}` is, and return those in force.

        Raises ValueError with the mailbox's sentence for a fault that a provider cannot have.
        """
        if asked.get("clear"):
            return self._ask("DELETE", "/faults")
        return self._ask("POST", "/faults", asked["fault"]) if asked.get("fault") else self._ask("GET", "/faults")

    def _ask(self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None) -> Any:
        try:
            answer = httpx.request(method, self.url + path, json=body, params=query, timeout=SECONDS)
        except httpx.TransportError as error:
            raise MailboxAway(f"The providers are not running: {error}.") from None
        said = answer.json()
        if answer.is_error:
            raise ValueError(said.get("error", f"the mailbox answered {answer.status_code}"))
        return said
