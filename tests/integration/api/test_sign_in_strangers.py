"""What a stranger who knows an address can do to its owner at sign-in: nothing that lasts."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from owlpost.channels.email.direct import SentAtOnce
from owlpost.channels.email.message import MailMessage
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Failed, Outcome, Retry
from owlpost.domain.people import Visit
from owlpost.domain.refusals import TooOften, Unavailable
from owlpost.sandbox import Sandbox
from owlpost.wiring.api import direct_mail
from tests.integration.api.conftest import SAME_ORIGIN, Outbox, Postman
from tests.support.api import Answer, ApiClient
from tests.support.clock import FakeClock
from tests.support.people import Person
from tests.support.signing_in import NEW, send, service, verify, wrong

HERE = Visit()
BROWSER = "__Host-browser"


def browser() -> ApiClient:
    """A browser with no cookies yet."""
    return ApiClient(headers=dict(SAME_ORIGIN))


def ask_in(client: ApiClient, email: str = NEW) -> Answer:
    """Ask for a code, and keep the cookie as a browser does."""
    answer = send(client, email)
    kept = [cookie.partition(";")[0] for cookie in answer.cookies if cookie.startswith(BROWSER)]
    client.cookie = kept[0] if kept else client.cookie
    return answer


class Doubtful(Outbox):
    """A provider that takes the mail, and whose answer is lost or bad."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:
        super().send(messages, key=key, deadline=deadline)
        return [self.outcome]


def code_in(outbox: Outbox) -> str:
    return outbox.messages[-1].mail.text.splitlines()[2]


def test_a_code_whose_mail_has_an_unknown_outcome_still_signs_in(nobody: ApiClient, sandbox: Sandbox) -> None:
    slow = Doubtful(Retry(TransientFault("answer_lost", ambiguous=True)))
    sandbox.provide(direct_mail, SentAtOnce(slow, "https://owlpost.example", utc_now))
    answer = send(nobody)
    assert answer.status == 200
    assert "If none arrives" in answer.body["message"]
    assert verify(nobody, code_in(slow)).status == 201


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Failed("validation_error"), 400), (Retry(TransientFault("unreachable")), 503)],
    ids=["refused", "unreachable"],
)
def test_a_code_that_surely_was_not_sent_is_withdrawn(
    nobody: ApiClient, sandbox: Sandbox, outcome: Outcome, status: int
) -> None:
    down = Doubtful(outcome)
    sandbox.provide(direct_mail, SentAtOnce(down, "https://owlpost.example", utc_now))
    assert send(nobody).status == status
    assert verify(nobody, code_in(down)).status == 401


def test_attempts_count_whatever_became_of_the_mail(database: Database, postman: Postman, clock: FakeClock) -> None:
    limited = service(database, postman, now=clock, per_source=7)
    postman.down = Unavailable("The mail could not be sent.", retry_after=15)
    for _ in range(5):
        with pytest.raises(Unavailable):
            limited.send_code(NEW, Visit(ip="198.51.100.1"))
    with pytest.raises(TooOften):
        limited.send_code(NEW, Visit(ip="198.51.100.2"))
    for number in range(2):
        with pytest.raises(Unavailable):
            limited.send_code(f"person{number}@people.example", Visit(ip="198.51.100.1"))
    with pytest.raises(TooOften):
        limited.send_code("person3@people.example", Visit(ip="198.51.100.1"))


def test_tries_of_a_stranger_do_not_wear_out_the_code_of_the_browser_that_asked(postman: Postman) -> None:
    owner = browser()
    ask_in(owner)
    for _ in range(20):
        assert verify(browser(), wrong(postman.code)).status == 401
    assert verify(browser(), postman.code).status == 401
    assert verify(owner, postman.code).status == 201


def test_the_browser_that_asked_has_five_tries_as_well(postman: Postman) -> None:
    owner = browser()
    ask_in(owner)
    for _ in range(5):
        assert verify(owner, wrong(postman.code)).status == 401
    assert verify(owner, postman.code).status == 401


def test_the_answer_after_too_many_tries_says_that_a_new_code_is_needed(nobody: ApiClient, postman: Postman) -> None:
    send(nobody)
    answers = [verify(nobody, wrong(postman.code)) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 6
    assert [answer.error for answer in answers[:4]] == ["That code is wrong or has expired."] * 4
    assert [answer.error for answer in answers[4:]] == ["Too many wrong tries. Please ask for a new code."] * 2


def test_the_code_before_the_newest_still_signs_in_and_the_one_before_that_does_not(
    nobody: ApiClient, postman: Postman
) -> None:
    codes: list[str] = []
    while len(set(codes)) < 3:
        send(nobody)
        codes.append(postman.code)
    assert verify(nobody, codes[-3]).status == 401
    assert verify(nobody, codes[-2]).status == 201
    assert verify(nobody, codes[-1]).status == 401, "a sign-in ends the other code as well"


def test_a_stranger_who_uses_up_the_codes_of_an_address_does_not_keep_a_known_browser_out(postman: Postman) -> None:
    owner = browser()
    ask_in(owner)
    assert verify(owner, postman.code).status == 201
    assert [send(browser()).status for _ in range(7)][-1] == 429
    assert send(owner).status == 200
    assert verify(owner, postman.code).status == 200


def test_an_address_is_sent_twenty_codes_a_day_at_most(database: Database, postman: Postman, clock: FakeClock) -> None:
    moving = service(database, postman, now=clock)
    for _ in range(20):
        moving.send_code(NEW, HERE)
        clock.advance(minutes=13)
    with pytest.raises(TooOften) as refused:
        moving.send_code(NEW, HERE)
    assert 19 * 3_600 < refused.value.retry_after < 20 * 3_600


@pytest.mark.parametrize("path", ["send-code", "verify-code"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_page_of_another_site_cannot_sign_its_visitor_in(
    postman: Postman, ada: Person, path: str, headers: dict[str, str]
) -> None:
    send(ApiClient(), ada.email)
    foreign = ApiClient(headers=headers)
    answer = foreign.post(f"/v1/auth/{path}", {"email": ada.email, "code": postman.code})
    assert (answer.status, answer.cookies) == (403, [])
    assert len(postman.mails) == 1


def test_a_body_without_a_content_type_is_not_json(nobody: ApiClient, postman: Postman) -> None:
    event = nobody.event("POST", "/v1/auth/send-code", {"email": NEW}, {})
    del event["headers"]["content-type"]
    answer = nobody.request("POST", "/v1/auth/send-code", body={"email": NEW}, headers=event["headers"])
    assert (answer.status, postman.mails) == (400, [])


def test_each_refused_try_is_counted_for_the_alarm_and_a_right_one_is_not(
    nobody: ApiClient, postman: Postman, capsys: pytest.CaptureFixture[str]
) -> None:
    send(nobody)
    assert verify(nobody, wrong(postman.code)).status == 401
    assert '"SignInRefused":[1.0]' in capsys.readouterr().out.replace(" ", "")
    assert verify(nobody, postman.code).status == 201
    assert "SignInRefused" not in capsys.readouterr().out
