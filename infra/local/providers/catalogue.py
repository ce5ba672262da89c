"""The answers of the real providers: status and body as documented or recorded, each with its source.

The fakes answer from these catalogues, and the tables of the adapters are tested against them. A field that the source does not
show is not here. `[R …]` is resend.com/docs, `[A …]` developer.apple.com/documentation/usernotifications, `[F …]`
firebase.google.com/docs; owner/repository#n is a public thread with a recorded answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from infra.local.providers.exchange import Answer, json_answer


class Meaning(StrEnum):
    """What the provider's own documents say of an answer."""

    ACCEPTED = auto()
    #: This mail or push will never be accepted.
    REFUSED = auto()
    #: The token is dead.
    DEAD = auto()
    #: Dead, unless Apple's other environment knows the token.
    OTHER_ENVIRONMENT = auto()
    #: The token belongs to another app or project.
    OTHER_APP = auto()
    #: Our token has expired: renew it.
    RENEW = auto()
    #: Our key, domain, topic or account is refused.
    OPERATOR = auto()
    PASSES = auto()
    TOO_FAST = auto()


@dataclass(frozen=True, slots=True)
class CataloguedAnswer:
    """One answer. `document` is the body as JSON, None for an empty body; `page` is a body that is not JSON."""

    status: int
    document: Mapping[str, Any] | None
    meaning: Meaning
    source: str
    page: str = ""

    @property
    def body(self) -> bytes:
        return json.dumps(self.document, ensure_ascii=False).encode() if self.document else self.page.encode()

    def answer(self, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        """Return it as a fake sends it."""
        if self.document is None:
            return Answer(self.status, self.page.encode(), headers)
        return json_answer(self.status, dict(self.document), headers)
