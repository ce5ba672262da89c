"""The answers of the real providers: status and body as documented or recorded, each with its source.

The fakes answer from these catalogues, and the tables of the adapters are tested against them. A field that the source does not
show is not here. `[R …]` is a page of resend.com/docs, `[A …]` of developer.apple.com/documentation/usernotifications, `[F …]`
of firebase.google.com/docs, `[G …]` a file of github.com/googleapis/googleapis, `[C …]` a page of developers.cloudflare.com on
support/troubleshooting, `[SW …]` of the Standard Webhooks specification, `[AWS …]` of docs.aws.amazon.com; owner/repository#n
is a public thread with a recorded answer, and owner/repository, path a file of an SDK.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from infra.local.providers.exchange import Answer
from owlpost.channels.provider_answer import Meaning

Headers: TypeAlias = tuple[tuple[str, str], ...]
HTML = "text/html; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class CataloguedAnswer:
    """One answer. `document` is the body as JSON, None for an empty body; `page` is a body that is not JSON.

    `content_type` is empty where the provider sends none.
    """

    status: int
    document: Mapping[str, Any] | None
    meaning: Meaning
    source: str
    page: str = ""
    content_type: str = ""

    @property
    def body(self) -> bytes:
        return compact(self.document) if self.document else self.page.encode()

    def answer(self, headers: Headers = ()) -> Answer:
        """Return it as a fake sends it."""
        typed: Headers = (("content-type", self.content_type),) if self.content_type else ()
        return Answer(self.status, self.body, (*typed, *headers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The answers of one provider, by a name of ours, and the rest of what its clients may rely on.

    `fixed` are the members whose value belongs to the answer; others, such as ids and messages, vary. Each answer has the
    `required` headers and may have the `optional` ones: none other was seen. `content_type` is that of JSON, "" for none.
    """

    answers: Mapping[str, CataloguedAnswer]
    fixed: frozenset[str]
    content_type: str
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


def page(status: int, meaning: Meaning, source: str, text: str, content_type: str = HTML) -> CataloguedAnswer:
    """Return an answer whose body is no JSON: written by a front end before the provider's own program."""
    return CataloguedAnswer(status, None, meaning, source, text, content_type)


def compact(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
