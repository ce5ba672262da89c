"""A person sees their sessions and ends them, and a session ends by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from owlpost.auth import Session, Tokens
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.people import Visit
from owlpost.domain.refusals import NotSignedIn
from owlpost.keyed_hashes import CodeHashes
from owlpost.services.people.accounts import Accounts
from tests.integration.api.conftest import KEY, SAME_ORIGIN, Postman, signed_in
from tests.support.api import Answer, ApiClient
from tests.support.clock import FakeClock
from tests.support.people import Person
from tests.support.signing_in import send, service, verify


def sessions_of(client: ApiClient) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = client.get("/v1/auth/sessions").body["sessions"]
    return rows


def sign_in(postman: Postman, person: Person, device: str, browser: str | None = None) -> Answer:
    client = ApiClient(headers={"user-agent": device}, cookie=browser)
    send(client, person.email)
    return verify(client, postman.code, person.email)


def test_a_person_sees_their_own_sessions_and_ends_one(postman: Postman, ada: Person, bo: Person) -> None:
    phone = ApiClient(bearer=sign_in(postman, ada, "Owlmetry/7 iPhone").body["token"])
    laptop = ApiClient(bearer=sign_in(postman, ada, "Mozilla/5.0 (X11)").body["token"])
    stranger = ApiClient(bearer=signed_in(bo))
    shown = sessions_of(laptop)
    assert [(session["device"], session["is_current"]) for session in shown] == [
        ("Mozilla/5.0 (X11)", True),
        ("Owlmetry/7 iPhone", False),
    ]
    assert "Owlmetry" not in str(sessions_of(stranger))
    assert stranger.delete(f"/v1/auth/sessions/{shown[1]['id']}").status == 404
    assert phone.get("/v1/auth/me").status == 200
    assert laptop.delete(f"/v1/auth/sessions/{shown[1]['id']}").status == 200
    assert phone.get("/v1/auth/me").status == 401
    assert [session["is_current"] for session in sessions_of(laptop)] == [True]
    assert laptop.delete(f"/v1/auth/sessions/{shown[1]['id']}").status == 404


def test_a_person_ends_all_sessions_also_those_that_no_list_shows(postman: Postman, ada: Person, bo: Person) -> None:
    unused = ApiClient(bearer=signed_in(ada, issued_at=utc_now() - timedelta(days=20)))
    first = ApiClient(bearer=sign_in(postman, ada, "one").body["token"])
    second = ApiClient(cookie=f"__Host-token={sign_in(postman, ada, 'two').body['token']}", headers=SAME_ORIGIN)
    stranger = ApiClient(bearer=signed_in(bo))
    answer = second.delete("/v1/auth/sessions")
    assert (answer.status, answer.cookies[0].startswith("__Host-token=; Path=/; Max-Age=0")) == (200, True)
    assert [client.get("/v1/auth/me").status for client in (unused, first, second, stranger)] == [401, 401, 401, 200]
    again = ApiClient(bearer=sign_in(postman, ada, "three").body["token"])
    assert again.get("/v1/auth/me").status == 200


def test_the_list_shows_no_session_that_is_over(ada: Person, database: Database) -> None:
    with database.transaction() as connection:
        for device, started, used in (("open", 89, 29), ("too old", 91, 0), ("unused", 40, 31)):
            connection.execute(
                text("""
                    insert into sessions (id, user_id, device, started_at, last_used_at)
                    values (:device, :user_id, :device, now() - make_interval(days => :started),
                            now() - make_interval(days => :used))
                """),
                {"device": device, "user_id": ada.id, "started": started, "used": used},
            )
    listed = sessions_of(ApiClient(bearer=signed_in(ada)))
    assert [session["device"] for session in listed if not session["is_current"]] == ["open"]


def test_a_person_ends_all_other_sessions_and_keeps_this_one(postman: Postman, ada: Person, bo: Person) -> None:
    unused = ApiClient(bearer=signed_in(ada, issued_at=utc_now() - timedelta(days=20)))
    first = ApiClient(bearer=sign_in(postman, ada, "one").body["token"])
    this = ApiClient(bearer=signed_in(ada, issued_at=utc_now() - timedelta(days=3)))
    stranger = ApiClient(bearer=signed_in(bo))
    answer = this.request("DELETE", "/v1/auth/sessions", query={"keep": "current"})
    assert (answer.status, answer.cookies) == (200, [])
    assert [client.get("/v1/auth/me").status for client in (unused, first, this, stranger)] == [401, 401, 200, 200]
    assert [session["is_current"] for session in sessions_of(this)] == [True]
    later = ApiClient(bearer=sign_in(postman, ada, "later").body["token"])
    later.request("DELETE", "/v1/auth/sessions", query={"keep": "current"})
    assert [client.get("/v1/auth/me").status for client in (this, later)] == [401, 200]
    later.delete("/v1/auth/sessions")
    assert later.get("/v1/auth/me").status == 401
    assert stranger.request("DELETE", "/v1/auth/sessions", query={"keep": "all"}).status == 400
    assert stranger.request("DELETE", "/v1/auth/sessions", query={"kept": "current"}).status == 400


@pytest.fixture
def moving(database: Database, clock: FakeClock) -> Accounts:
    return Accounts(database, Tokens([KEY]), CodeHashes([KEY]), clock)


def test_a_session_that_is_used_every_day_ends_after_ninety_days(
    moving: Accounts, clock: FakeClock, ada: Person
) -> None:
    token = moving.tokens.issue(Session.begin(ada.id, ada.email, now=clock()))
    for _ in range(89):
        clock.advance(days=1)
        token = moving.renewed(moving.caller(token)) or token
    clock.advance(days=1)
    with pytest.raises(NotSignedIn):
        moving.caller(token)


def test_a_session_that_nobody_uses_ends_after_thirty_days(moving: Accounts, clock: FakeClock, ada: Person) -> None:
    token = moving.tokens.issue(Session.begin(ada.id, ada.email, now=clock()))
    moving.caller(token)
    clock.advance(days=29)
    moving.caller(token)
    clock.advance(days=30)
    with pytest.raises(NotSignedIn):
        moving.caller(token)


def test_a_sign_in_from_a_new_device_is_mailed_and_one_from_a_known_device_is_not(
    postman: Postman, ada: Person
) -> None:
    first = sign_in(postman, ada, "Mozilla/5.0 <b>(X11)</b>")
    to, template, values = postman.mails[-1]
    assert (to, template, values["device"]) == (ada.email, "new_sign_in", "Mozilla 5 0 b X11 b")
    browser = next(cookie for cookie in first.cookies if cookie.startswith("__Host-browser")).partition(";")[0]
    sign_in(postman, ada, "Mozilla/5.0 (X11)", browser)
    assert [template for _, template, _ in postman.mails].count("new_sign_in") == 1
    sign_in(postman, ada, "another")
    assert [template for _, template, _ in postman.mails].count("new_sign_in") == 2


def warnings_of(postman: Postman) -> int:
    return [template for _, template, _ in postman.mails].count("new_sign_in")


def test_an_app_that_keeps_no_cookies_is_mailed_about_once(postman: Postman, ada: Person) -> None:
    for _ in range(4):
        sign_in(postman, ada, "Owlmetry/7 CFNetwork/1568 Darwin/25")
    assert warnings_of(postman) == 1


def test_a_phone_that_changes_its_network_is_mailed_about_once_a_day(
    postman: Postman, ada: Person, database: Database, clock: FakeClock
) -> None:
    moving = service(database, postman, now=clock)
    for number in range(4):
        visit = Visit(ip=f"198.51.100.{number}", device="Owlmetry/7")
        moving.send_code(ada.email, visit)
        moving.verify_code(ada.email, postman.code, visit)
        clock.advance(minutes=20)
    assert warnings_of(postman) == 1
    clock.advance(days=1)
    for number in range(5):
        visit = Visit(ip=f"198.51.100.{number}", device="Owlmetry/7")
        moving.send_code(ada.email, visit)
        moving.verify_code(ada.email, postman.code, visit)
        clock.advance(minutes=20)
    assert warnings_of(postman) == 2


def test_another_device_is_mailed_about_on_the_same_day_and_at_the_same_source(postman: Postman, ada: Person) -> None:
    for device in ("Owlmetry/7", "Mozilla/5.0 (X11)", "curl/8", "Owlmetry/7"):
        sign_in(postman, ada, device)
    assert warnings_of(postman) == 3


def test_a_device_that_one_account_knows_is_new_to_another(postman: Postman, ada: Person, bo: Person) -> None:
    for person in (ada, bo):
        sign_in(postman, person, "Owlmetry/7")
    assert [to for to, template, _ in postman.mails if template == "new_sign_in"] == [ada.email, bo.email]


def test_a_new_person_is_not_warned_of_their_first_sign_in(postman: Postman, nobody: ApiClient) -> None:
    send(nobody)
    assert verify(nobody, postman.code).status == 201
    assert [template for _, template, _ in postman.mails] == ["verification_code"]


def test_sign_ins_and_refusals_leave_a_trail_without_addresses(
    postman: Postman, ada: Person, database: Database
) -> None:
    client = ApiClient()
    send(client, ada.email)
    verify(client, "no code", ada.email)
    app = ApiClient(bearer=verify(client, postman.code, ada.email).body["token"])
    app.post("/v1/auth/logout")
    with database.transaction() as connection:
        rows = connection.execute(text("select * from security_events order by created_at, id")).all()
    assert [(row.kind, row.actor) for row in rows] == [
        ("sign_in_refused", None),
        ("signed_in", str(ada.id)),
        ("signed_out", str(ada.id)),
    ]
    assert len({row.source_hash for row in rows}) == 1
    assert not any(secret in str(rows) for secret in (client.ip, ada.email))
