from uuid import uuid4

import pytest

from owlpost.domain.unsubscribe import sign
from tests.integration.api.conftest import UNSUBSCRIBE_KEY
from tests.support.api import ApiClient
from tests.support.people import Person

PATH = "/v1/unsubscribe"


@pytest.fixture
def token(ada: Person) -> str:
    return sign(ada.id, ("feedback.new",), "email", UNSUBSCRIBE_KEY)


def chosen(api: ApiClient) -> object:
    return api.get("/v1/auth/me").body["user"]["preferences"]


def test_a_look_names_type_and_channel_and_changes_nothing(nobody: ApiClient, api: ApiClient, token: str) -> None:
    page = nobody.get(PATH, token=token)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "New feedback" in page.body
    assert "Email" in page.body
    assert '<form method="post"><button>' in page.body
    assert "script" not in page.body
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "; img-src 'self';" in page.headers["content-security-policy"]
    assert '<img src="/assets/owl.png" alt="" width="30" height="30"> Owlmetry</header>' in page.body
    assert chosen(api) == {}


def test_one_click_turns_it_off_and_a_spent_token_gets_the_same_answer(
    nobody: ApiClient, api: ApiClient, token: str
) -> None:
    nobody.headers["content-type"] = "application/x-www-form-urlencoded"
    for _ in range(2):
        answer = nobody.post(PATH, "List-Unsubscribe=One-Click", token=token)
        assert (answer.status, answer.body) == (200, {"success": True})
        assert chosen(api) == {"notifications": {"types": {"feedback.new": {"email": False}}}}


def test_a_person_who_presses_the_button_reads_that_it_is_done(nobody: ApiClient, token: str) -> None:
    nobody.headers |= {"accept": "text/html,*/*", "content-type": "application/x-www-form-urlencoded"}
    page = nobody.post(PATH, "", token=token)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "is now off" in page.body


def test_a_mail_that_told_of_several_types_turns_them_all_off_and_says_which(
    nobody: ApiClient, api: ApiClient, ada: Person
) -> None:
    token = sign(ada.id, ("feedback.new", "issue.new", "app.review_new"), "email", UNSUBSCRIBE_KEY)
    page = nobody.get(PATH, token=token)
    assert "Stop “New reviews”, “New feedback” and “New issues” on Email?" in page.body
    nobody.headers |= {"accept": "text/html,*/*", "content-type": "application/x-www-form-urlencoded"}
    assert (
        "“New reviews”, “New feedback” and “New issues” are now off on Email" in nobody.post(PATH, "", token=token).body
    )
    off = {"email": False}
    assert chosen(api) == {"notifications": {"types": {"app.review_new": off, "feedback.new": off, "issue.new": off}}}


def test_somebody_who_is_gone_gets_the_same_answer(nobody: ApiClient) -> None:
    token = sign(uuid4(), ("feedback.new",), "email", UNSUBSCRIBE_KEY)
    assert nobody.post(PATH, token=token).body == {"success": True}


def test_a_forged_token_changes_nothing(nobody: ApiClient, api: ApiClient, ada: Person, token: str) -> None:
    for forged in (
        "",
        "x",
        token[:-1],
        sign(ada.id, ("feedback.new",), "email", "a-key-that-is-not-ours"),
        "x" * 5_000,
    ):
        assert nobody.get(PATH, token=forged).status == 400
        assert nobody.post(PATH, token=forged).status == 400
    assert nobody.post(PATH).status == 400
    assert chosen(api) == {}
