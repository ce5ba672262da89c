"""The mailbox lists all that was sent, not only what a browser holds: by channel, recipient and words, what is alike as one."""

from typing import Any

import httpx
import pytest

from infra.local.providers.server import Providers
from tests.support.provider_clients import MAIL, Mailer, Pusher


class Asking:
    def __init__(self, providers: Providers, http: httpx.Client) -> None:
        self.url, self.http = providers.urls["mailbox"], http

    def __call__(self, path: str, **query: object) -> Any:
        answer = self.http.get(f"{self.url}{path}", params={name: str(value) for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def ask(providers: Providers, http: httpx.Client) -> Asking:
    return Asking(providers, http)


def told(mail: Mailer, to: str, subject: str, text: str) -> None:
    assert mail({**MAIL, "to": [to], "subject": subject, "text": text}).status_code == 200


def test_two_hundred_who_are_told_the_same_are_one_line_that_says_how_many(mail: Mailer, ask: Asking) -> None:
    words = "4.2 is out. " * 20
    for number in range(200):
        told(
            mail, f"p{number:03}@owl.example", "4.2 is out", f"{words}\nhttps://owl.example/unsubscribe?token={number}"
        )
    told(mail, "p000@owl.example", "4.2 is out", "Other words.")
    other, alike = ask("/folded.json", channel="email")["messages"]
    assert (other["times"], other["text"]) == (1, "Other words.")
    assert (alike["title"], alike["times"], alike["people"], alike["to"]) == (
        "4.2 is out",
        200,
        200,
        "p199@owl.example",
    )
    people = ask("/alike.json", id=alike["id"], limit=500)
    assert [each["to"] for each in people] == [f"p{number:03}@owl.example" for number in reversed(range(200))]
    assert [each["to"] for each in ask("/alike.json", id=alike["id"], q="P01")] == [
        f"p{number:03}@owl.example" for number in reversed(range(10, 20))
    ]


def test_one_message_is_given_whole_by_its_id(mail: Mailer, ask: Asking, http: httpx.Client) -> None:
    told(mail, "ada@owl.example", "Whole", "All of it. " * 100)
    [line] = ask("/folded.json")["messages"]
    assert len(line["text"]) == 200
    assert ask("/message.json", id=line["id"])["text"] == "All of it. " * 100
    assert http.get(f"{ask.url}/message.json?id=999999").status_code == 404


def test_words_are_looked_for_in_all_of_it_in_whatever_case(mail: Mailer, push: Pusher, ask: Asking) -> None:
    told(mail, "ada@owl.example", "Grüße", "An ÉCLAIR")
    told(mail, "bo@owl.example", "Nothing", "of the kind")
    push()
    assert [each["title"] for each in ask("/folded.json", q="GRÜSSE éclair ada@")["messages"]] == ["Grüße"]
    assert ask("/folded.json", q="éclair bo@")["messages"] == []
    assert ask("/folded.json", q="%")["messages"] == []
    assert {each["channel"] for each in ask("/folded.json")["messages"]} == {"email", "mobile_push"}
    assert [each["to"] for each in ask("/folded.json", to="bo@owl.example")["messages"]] == ["bo@owl.example"]


def test_pages_hold_each_line_once(mail: Mailer, ask: Asking) -> None:
    for number in range(25):
        told(mail, "ada@owl.example", f"Mail {number}", "")
    seen: list[str] = []
    page = ask("/folded.json", limit=10)
    while True:
        seen += [each["title"] for each in page["messages"]]
        if page["before"] is None:
            break
        page = ask("/folded.json", limit=10, before=page["before"])
    assert seen == [f"Mail {number}" for number in reversed(range(25))]


@pytest.mark.parametrize("query", ["limit=0", "limit=many", "before=x", "nonsense=1"])
def test_a_query_that_makes_no_sense_is_refused(ask: Asking, http: httpx.Client, query: str) -> None:
    answer = http.get(f"{ask.url}/folded.json?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]
