"""Hold the answers of the fakes against the catalogues: a fake that adds, drops or renames anything disagrees."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer
from infra.local.providers.catalogues import CATALOGUES
from infra.local.providers.exchange import Answer, Conduct, Request
from infra.local.providers.server import Options, Providers

#: What becomes of an answer that its client sees at least in part.
SEEN = {Conduct.SEND, Conduct.DRIP}


@contextmanager
def honest_providers(folder: Path, options: Options | None = None) -> Iterator[Providers]:
    """Run the fakes, and fail at the end if one of them gave an answer that its provider would not give."""
    lies: list[str] = []
    wanted = options or Options(resend_rate=None)
    told = wanted.observe

    def observe(name: str, request: Request, answer: Answer) -> None:
        provider = "fcm_token" if name == "fcm" and request.path == "/token" else name
        ours = request.path in {"/subscriptions", "/people"}  # what browsers and people do, which no page tells
        if answer.conduct in SEEN and provider in CATALOGUES and not ours:  # the mailbox is ours
            lies.extend(disagreements(CATALOGUES[provider], answer))
        if told:
            told(name, request, answer)

    with Providers(folder, replace(wanted, observe=observe)) as running:
        yield running
    assert lies == []


def disagreements(catalogue: Catalogue, answer: Answer) -> list[str]:
    """Return what an answer has that none of its status in the catalogue has: empty if it agrees with one of them."""
    candidates = [each for each in catalogue.answers.values() if each.status == answer.status]
    found = [_differences(catalogue, each, answer) for each in candidates]
    if not found:
        return [f"no answer with status {answer.status}"]
    return [] if [] in found else [f"{answer.status} {answer.body!r} {answer.headers}: {min(found, key=len)}"]


def _differences(catalogue: Catalogue, known: CataloguedAnswer, answer: Answer) -> list[str]:
    headers = dict(answer.headers)
    wrong = [f"no {name}" for name in catalogue.required - headers.keys()]
    wrong += [f"header {name}" for name in headers.keys() - catalogue.required - catalogue.optional - {"content-type"}]
    if headers.get("content-type", "") != known.content_type:
        wrong.append(f"content-type {headers.get('content-type')}")
    if len(headers) != len(answer.headers):
        wrong.append("a header twice")
    if not _same_body(catalogue, known, answer.body):
        wrong.append("another body")
    return wrong


def _same_body(catalogue: Catalogue, known: CataloguedAnswer, body: bytes) -> bool:
    if known.document is None:
        return body == known.page.encode()
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return _shape(document, catalogue.fixed) == _shape(known.document, catalogue.fixed)


def _shape(value: Any, fixed: frozenset[str], name: str = "") -> object:
    """Return names and kinds of a document's members, and the values of those that are fixed. The order of lists varies."""
    if isinstance(value, Mapping):
        return frozenset((key, _shape(member, fixed, key)) for key, member in value.items())
    if isinstance(value, list):
        return frozenset(_shape(member, fixed) for member in value)
    return value if name in fixed else type(value).__name__
