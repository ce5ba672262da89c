"""Each sentence that the API refuses a person with has a code, by which the pages say it in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.api import codes, query
from functions.dashboard import languages
from owlpost.channels.email import direct
from owlpost.domain import addresses, connecting, webhook_urls
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.services.people import accounts, inbox, inbox_acts
from tests.support.documented import of_the_pages

#: Where people's requests are refused: the API, its services, the mails that a request sends.
FILES = [
    *sorted(Path(codes.__file__).parent.glob("*.py")),
    *sorted(Path(inbox.__file__).parent.glob("*.py")),
    Path(direct.__file__),
]
REFUSALS = {
    *("NotFound", "NotSignedIn", "Forbidden", "Conflict", "Gone", "TooLarge", "TooOften", "Unavailable"),
    *("OutcomeUnknown", "refusal"),
}
#: Constants that are no refusals: answers to a code that was asked for, and what the API says of itself.
NO_REFUSALS = ("A code ", "Inbox, devices, ")


def sentences(tree: ast.Module) -> Iterator[str]:
    """Yield what a module refuses with, of a sentence with numbers its beginning; and sentences that are constants of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
            yield from (text for argument in node.args for text in texts(argument))
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from (text for text in texts(node.value) if text.endswith(".") and not text.startswith(NO_REFUSALS))


def texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from list(texts(node.values[0]))[:1]
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))


#: What a person fills in: addresses, URLs and ids of what is connected, names, searches, times.
FILLED_IN = [
    Path(str(module.__file__)) for module in (accounts, addresses, connecting, direct, inbox_acts, query, webhook_urls)
]
#: Problems of what pages fill in by themselves.
BY_PAGES = (
    *("is not asked for here", "must be a text", "must be a browser", "keys.", "endpoint ", "is for a snooze"),
    "is not a parameter of this list",
)


def problems(tree: ast.Module) -> Iterator[str]:
    """Yield what a module finds wrong with fields, of a sentence with numbers its beginning."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"InvalidRequest", "_refused"}
        ):
            yield from (text for text in texts(node.args[-1]) if not text.startswith(BY_PAGES))


PROBLEMS = sorted({each for file in FILLED_IN for each in problems(ast.parse(file.read_text(encoding="utf-8")))})
REFUSED = sorted({each for file in FILES for each in sentences(ast.parse(file.read_text(encoding="utf-8")))})


def test_the_sentences_are_found() -> None:
    assert len(REFUSED) > 30
    planted = 'GONE = "It is gone."\nraise Conflict("One." if a else f"There are {n} of them.")'
    assert set(sentences(ast.parse(planted))) == {"It is gone.", "One.", "There are "}


@pytest.mark.parametrize("sentence", REFUSED)
def test_a_sentence_has_a_code(sentence: str) -> None:
    assert codes.code_of(sentence)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_is_wrong_with_what_a_person_fills_in_has_a_code(problem: str) -> None:
    assert codes.code_of_problem(problem)


def test_why_a_url_leads_elsewhere_has_a_code() -> None:
    whys = {
        why
        for meta in OPTIONAL_CHANNELS.values()
        if meta.connect
        for kind in meta.connect.kinds
        for _, why in kind.elsewhere
    }
    assert whys
    assert all(codes.code_of_problem(why) for why in whys)


@pytest.mark.parametrize("language", languages.languages())
def test_every_problem_has_words_in_every_language_and_none_is_left_over(language: str) -> None:
    known = {*codes.PROBLEMS.values(), *codes.PROBLEM_BEGINNINGS.values()}
    assert {key.removeprefix("problem.") for key in languages.texts(language) if key.startswith("problem.")} == known


def test_no_code_is_of_a_sentence_that_is_not_said() -> None:
    said = {*REFUSED, "Please sign in."}
    assert codes.CODES.keys() <= said
    assert all(any(each.startswith(begun) for each in said) for begun in codes.BEGINNINGS)
    assert (
        len({*codes.CODES.values(), *codes.BEGINNINGS.values(), codes.INVALID})
        == len(codes.CODES) + len(codes.BEGINNINGS) + 1
    )


@pytest.mark.parametrize("language", languages.languages())
def test_every_code_has_words_in_every_language_and_english_says_what_the_api_says(language: str) -> None:
    words = languages.texts(language)
    known = {*codes.CODES.values(), *codes.BEGINNINGS.values(), codes.INVALID}
    assert {key.removeprefix("refused.") for key in words if key.startswith("refused.")} == known
    same = {code for sentence, code in codes.CODES.items() if words[f"refused.{code}"] == sentence}
    assert same == (set(codes.CODES.values()) if language == "en" else set())


@pytest.mark.parametrize("language", languages.languages())
def test_a_kind_of_destination_what_it_asks_and_what_it_leaves_open_have_words_in_every_language(language: str) -> None:
    words = languages.texts(language)
    kinds = [
        (channel, kind)
        for channel, meta in OPTIONAL_CHANNELS.items()
        if meta.connect and channel not in of_the_pages()
        for kind in meta.connect.kinds
    ]
    asks = [kind.asks for _, kind in kinds if kind.asks and kind.asks.form != "subscription"]
    assert {f"asks.{ask.field}" for ask in asks} <= words.keys()
    assert {f"untold.{channel}" for channel, kind in kinds if kind.untold} <= words.keys()
    assert {f"connect.{channel}.{kind.key}" for channel, kind in kinds} <= words.keys()
    english = languages.texts("en")
    assert all(english[f"asks.{ask.field}"] == ask.label for ask in asks)
    assert all(english[f"connect.{channel}.{kind.key}"] == kind.label for channel, kind in kinds)
