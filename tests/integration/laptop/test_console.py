"""The console's door: only its own page may ask, and what `owlpost-operate` refuses arrives as a sentence."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from infra.cli.errors import CommandFailed, Missing, Unreachable
from infra.cli.run_console import asking
from infra.local.console.server import PAGES, PROOF, Console
from tests.support.foreign_pages import FOREIGN, NAMELESS

COMMAND = {"command": "now"}


class Operate:
    """Answers with what it was asked, or raises what a test wants."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, object]] = []
        self.error: CommandFailed | None = None

    def operate(self, command: Mapping[str, object]) -> Any:
        self.asked.append(command)
        if self.error:
            raise self.error
        return {"attention": []}


@pytest.fixture
def operate() -> Operate:
    return Operate()


@pytest.fixture
def console(operate: Operate) -> Iterator[Console]:
    console = Console()
    console.start(asking(operate), place="A test")
    yield console
    console.stop()


def token(console: Console) -> str:
    found = re.search(r'name="token" content="([^"]+)"', httpx.get(console.url).text)
    assert found
    return found[1]


def test_the_page_asks_with_its_token_and_gets_the_answer(console: Console, operate: Operate) -> None:
    answer = httpx.post(f"{console.url}/operate", json=COMMAND, headers={PROOF: token(console)})
    assert answer.json() == {"attention": []}
    assert operate.asked == [COMMAND]


@pytest.mark.parametrize("proof", ["", "guessed", "ä".encode().decode("latin-1")])
def test_nothing_is_asked_without_the_token_of_the_page(console: Console, operate: Operate, proof: str) -> None:
    answer = httpx.post(f"{console.url}/operate", json=COMMAND, headers={PROOF.encode(): proof.encode("latin-1")})
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "Reload the page: its token is an old one."
    assert httpx.get(f"{console.url}/operate").status_code == 404
    assert httpx.delete(f"{console.url}/operate").status_code == 405
    assert operate.asked == []


@pytest.mark.parametrize("page", [page for page in FOREIGN if page != NAMELESS])
def test_a_foreign_page_gets_neither_the_page_nor_an_answer(console: Console, operate: Operate, page: str) -> None:
    proof = {PROOF: token(console)}
    assert httpx.post(f"{console.url}/operate", json=COMMAND, headers={**FOREIGN[page], **proof}).status_code == 403
    assert httpx.get(console.url, headers=FOREIGN[page]).status_code == 403
    assert operate.asked == []


@pytest.mark.parametrize("error", [Missing("there is no person ada"), Unreachable("the database does not answer")])
def test_what_is_refused_is_an_answer_with_its_sentence(
    console: Console, operate: Operate, error: CommandFailed
) -> None:
    operate.error = error
    answer = httpx.post(f"{console.url}/operate", json=COMMAND, headers={PROOF: token(console)})
    assert answer.json()["error"]["message"] == str(error)


def test_a_body_that_is_no_json_is_refused_with_a_sentence(console: Console, operate: Operate) -> None:
    answer = httpx.post(f"{console.url}/operate", content=b"{", headers={PROOF: token(console)})
    assert answer.status_code == 400
    assert "Expecting" in answer.json()["error"]["message"]
    assert operate.asked == []


def test_without_a_laptop_there_is_neither_switchboard_nor_mailbox(console: Console) -> None:
    proof = {PROOF: token(console)}
    assert httpx.post(f"{console.url}/place", json={}, headers=proof).json() == {"place": "A test", "mailbox": None}
    assert httpx.post(f"{console.url}/faults", json={}, headers=proof).status_code == 404


def test_every_file_of_the_page_is_served_and_nothing_else(console: Console) -> None:
    for file in (*PAGES.iterdir(), PAGES.parents[1] / "pages" / "frame.css"):
        answer = httpx.get(f"{console.url}/{file.name}")
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
    for path in ("../server.py", "pages", "..%2fserver.py", "no-such"):
        assert httpx.get(f"{console.url}/{path}").status_code == 404


def test_a_console_has_another_token_than_the_next(console: Console) -> None:
    other = Console()
    other.start(lambda _: {}, place="Another")
    assert token(console) != token(other)
    assert len(json.dumps(token(other))) > 40
    other.stop()
