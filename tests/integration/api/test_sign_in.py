from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from sqlalchemy import text

from owlpost.channels.email.direct import SentAtOnce
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.sandbox import Sandbox
from owlpost.wiring.api import direct_mail
from tests.integration.api.conftest import KEY, SAME_ORIGIN, Outbox, Postman, signed_in
from tests.support.api import ApiClient
from tests.support.people import Person
from tests.support.signing_in import NEW, send, verify


def test_a_new_person_gets_a_name_and_a_team_of_their_own(nobody: ApiClient, postman: Postman) -> None:
    assert send(nobody).status == 200
    assert postman.mails[0][:2] == ("grace.hopper@people.example", "verification_code")
    answer = verify(nobody, postman.code)
    assert answer.status == 201
    assert answer.body["is_new_user"] is True
    user = answer.body["user"]
    assert (user["email"], user["name"], user["preferences"]) == ("grace.hopper@people.example", "Grace Hopper", {})
    [team] = answer.body["teams"]
    assert (team["name"], team["role"], set(team)) == ("Grace Hopper's Team", "owner", {"id", "name", "slug", "role"})
    me = ApiClient(bearer=answer.body["token"]).get("/v1/auth/me")
    assert (me.body["user"], me.body["teams"]) == (user, [team])


def test_the_cookie_signs_in_and_is_kept_from_scripts_and_other_sites(nobody: ApiClient, postman: Postman) -> None:
    send(nobody)
    answer = verify(nobody, postman.code)
    cookie, old_name, browser = answer.cookies
    assert cookie.startswith(f"__Host-token={answer.body['token']}; Path=/; ")
    assert set(cookie.split("; ")[2:]) == {"Max-Age=7776000", "HttpOnly", "Secure", "SameSite=Lax"}
    assert old_name.startswith("token=; Path=/; Max-Age=0")
    assert browser.startswith("__Host-browser=")
    assert ApiClient(cookie=answer.cookie).get("/v1/auth/me").status == 200


def test_somebody_known_is_found_however_the_address_is_spelt(nobody: ApiClient, postman: Postman, ada: Person) -> None:
    known, unknown = send(nobody, " ADA@People.Example "), send(nobody, "nobody@people.example")
    assert (known.status, known.body) == (unknown.status, unknown.body)
    send(nobody, "ada@people.example")
    answer = verify(nobody, postman.code, "Ada@people.example")
    assert (answer.status, answer.body["user"]["id"]) == (200, str(ada.id))
    assert answer.body["is_new_user"] is False


def test_a_code_works_once(nobody: ApiClient, postman: Postman) -> None:
    send(nobody)
    assert verify(nobody, f" {postman.code} ").status == 201
    assert verify(nobody, postman.code).status == 401


def test_a_code_of_another_address_is_wrong(nobody: ApiClient, postman: Postman, ada: Person) -> None:
    send(nobody, NEW)
    assert verify(nobody, postman.code, ada.email).status == 401


def test_codes_are_stored_hashed(nobody: ApiClient, postman: Postman, database: Database) -> None:
    send(nobody)
    with database.transaction() as connection:
        row = connection.execute(text("select * from email_verification_codes")).one()
    assert postman.code not in str(row.code_hash)
    assert len(row.code_hash) == 64


def test_what_became_of_a_mailed_code_is_kept_and_never_the_code(nobody: ApiClient, database: Database) -> None:
    assert send(nobody, "Cy@people.example").status == 200
    with database.transaction() as connection:
        row = connection.execute(text("select template, address, status, provider_id from direct_mails")).one()
    assert tuple(row) == ("verification_code", "cy@people.example", "sent", "console")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("send-code", {}, "email"),
        ("send-code", None, "body"),
        ("send-code", {"email": "no address"}, "email"),
        ("send-code", {"email": "two@people.example,three@people.example"}, "email"),
        ("send-code", {"email": "a@b@people.example"}, "email"),
        ("send-code", {"email": "ada@people.example\r\nBcc: all@people.example"}, "email"),
        ("send-code", {"email": "ada\u0000@people.example"}, "email"),
        ("send-code", {"email": "\u212a@people.example"}, "email"),
        ("send-code", {"email": 5}, "email"),
        ("send-code", {"email": ["ada@people.example"]}, "email"),
        ("send-code", [{"email": "ada@people.example"}], "body"),
        ("send-code", "email=ada@people.example", "body"),
        ("verify-code", {"email": "ada@people.example"}, "code"),
        ("verify-code", {"code": "123456"}, "email"),
        ("verify-code", {"email": "ada@people.example", "code": ""}, "code"),
        ("verify-code", {"email": "ada@people.example", "code": 123456}, "code"),
    ],
)
def test_what_is_no_address_or_no_code_is_refused_by_name(
    nobody: ApiClient, postman: Postman, path: str, body: object, named: str
) -> None:
    answer = nobody.post(f"/v1/auth/{path}", body)
    assert answer.status == 400
    assert answer.body["details"][0]["field"] == named
    assert not postman.mails


def test_a_mail_really_goes_out_with_the_code_in_both_its_forms(
    nobody: ApiClient, sandbox: Sandbox, outbox: Outbox
) -> None:
    sandbox.provide(direct_mail, SentAtOnce(outbox, "https://owlpost.example", utc_now))
    assert send(nobody).status == 200
    [message] = outbox.messages
    assert message.to == "grace.hopper@people.example"
    code = message.mail.text.splitlines()[2]
    assert code in message.mail.html
    assert "notification settings" not in message.mail.text.lower()
    assert verify(nobody, code).status == 201


def test_ending_one_session_ends_no_other(nobody: ApiClient, postman: Postman) -> None:
    send(nobody)
    first = ApiClient(bearer=verify(nobody, postman.code).body["token"])
    send(nobody)
    second = ApiClient(bearer=verify(nobody, postman.code).body["token"])
    answer = first.post("/v1/auth/logout")
    assert (answer.status, answer.body) == (200, {"success": True})
    assert "Max-Age=0" in answer.cookies[0]
    assert first.get("/v1/auth/me").status == 401
    assert second.get("/v1/auth/me").status == 200


def test_a_cookie_is_renewed_by_use_and_signing_out_ends_its_earlier_tokens_too(
    nobody: ApiClient, postman: Postman, ada: Person
) -> None:
    yesterday = ApiClient(
        cookie=f"token={signed_in(ada, issued_at=utc_now() - timedelta(days=2))}", headers=SAME_ORIGIN
    )
    renewed = yesterday.get("/v1/auth/me").cookie
    assert renewed
    assert renewed != yesterday.cookie
    today = ApiClient(cookie=renewed, headers=SAME_ORIGIN)
    assert today.get("/v1/auth/me").cookies == []
    today.post("/v1/auth/logout")
    assert yesterday.get("/v1/auth/me").status == 401


def test_the_cookie_of_an_earlier_version_signs_in_and_is_renewed_under_the_new_name(ada: Person) -> None:
    claims = {"sub": str(ada.id), "email": ada.email, "iat": utc_now() - timedelta(days=2), "jti": str(uuid4())}
    token = jwt.encode({**claims, "exp": utc_now() + timedelta(days=363)}, KEY, algorithm="HS256")
    answer = ApiClient(cookie=f"token={token}").get("/v1/auth/me")
    assert answer.status == 200
    assert [cookie.partition("=")[0] for cookie in answer.cookies] == ["__Host-token", "token"]
    assert ApiClient(cookie=answer.cookie).get("/v1/auth/me").status == 200


def test_the_new_cookie_wins_over_one_that_a_sibling_domain_can_set(ada: Person, bo: Person) -> None:
    both = ApiClient()
    event = both.event("GET", "/v1/auth/me", None, {})
    cookies = [f"token={signed_in(bo)}", f"__Host-token={signed_in(ada)}"]
    answer = both.request("GET", "/v1/auth/me", cookies=cookies, headers=event["headers"])
    assert answer.body["user"]["id"] == str(ada.id)
