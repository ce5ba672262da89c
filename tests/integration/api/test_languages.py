"""In which language a person is answered and mailed."""

import pytest

from owlpost.domain.unsubscribe import sign
from tests.integration.api.conftest import UNSUBSCRIBE_KEY, Postman
from tests.support.api import ApiClient
from tests.support.people import Person

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.8"}


def test_a_code_is_mailed_in_the_browsers_language_and_a_new_account_keeps_it(postman: Postman) -> None:
    browser = ApiClient(headers=GERMAN)
    browser.post("/v1/auth/send-code", {"email": "neu@people.example"})
    made = browser.post("/v1/auth/verify-code", {"email": "neu@people.example", "code": postman.code})
    assert made.body["user"]["preferences"] == {"locale": "de-AT"}
    ApiClient(headers={"accept-language": "en"}).post("/v1/auth/send-code", {"email": "neu@people.example"})
    assert postman.locales == ["de-AT", "de-AT"]


def test_an_english_browser_says_nothing_about_a_new_account(postman: Postman) -> None:
    browser = ApiClient(headers={"accept-language": "en-US,en;q=0.9,de;q=0.8"})
    browser.post("/v1/auth/send-code", {"email": "new@people.example"})
    made = browser.post("/v1/auth/verify-code", {"email": "new@people.example", "code": postman.code})
    assert made.body["user"]["preferences"] == {}
    assert postman.locales == [None]


def test_types_and_channels_are_named_in_the_language_that_a_person_has_chosen(api: ApiClient) -> None:
    assert api.get("/v1/auth/me").body["notification_types"][0]["label"] == "New issues"
    changed = api.patch("/v1/auth/me", {"preferences": {"locale": "de"}})
    assert changed.body["user"]["preferences"]["locale"] == "de"
    for answer in (changed, api.get("/v1/auth/me")):
        assert answer.body["notification_types"][0]["label"] == "Neue Probleme"
        assert "E-Mail" in {each["label"] for each in answer.body["notification_channels"]}


def test_what_a_room_can_be_told_of_is_named_in_the_persons_language(api: ApiClient) -> None:
    api.patch("/v1/auth/me", {"preferences": {"locale": "de"}})
    named = {each["type"]: each["label"] for each in api.get("/v1/channels").body["room_types"]}
    assert named["issue.new"] == "Neue Probleme"


@pytest.mark.parametrize(
    ("header", "title"), [("de", "„Neue Probleme“ über E-Mail abbestellen?"), ("", "Stop “New issues” on Email?")]
)
def test_the_page_to_unsubscribe_is_in_the_browsers_language(ada: Person, header: str, title: str) -> None:
    token = sign(ada.id, ("issue.new",), "email", UNSUBSCRIBE_KEY)
    page = ApiClient(headers={"accept-language": header}).get("/v1/unsubscribe", token=token)
    assert f"<h1>{title}</h1>" in page.body
    assert f'<html lang="{header or "en"}">' in page.body
