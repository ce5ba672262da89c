from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from owlpost import wiring_api
from owlpost.auth import CodeHashes, Tokens
from owlpost.channels.direct_mail import SentAtOnce
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.refusals import NotSignedIn, TooOften, Unavailable
from owlpost.services.sign_in import SignIn, source_of
from tests.api import Answer, ApiClient
from tests.clock import FakeClock
from tests.integration.api.conftest import KEY, SAME_ORIGIN, Outbox, Postman, signed_in
from tests.people import Person

NEW = "Grace.Hopper@people.example"


def send(client: ApiClient, email: str = NEW) -> Answer:
    return client.post("/v1/auth/send-code", {"email": email})


def verify(client: ApiClient, code: str, email: str = NEW) -> Answer:
    return client.post("/v1/auth/verify-code", {"email": email, "code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.fixture
def service(database: Database, postman: Postman, clock: FakeClock) -> SignIn:
    return SignIn(
        database=database, mail=lambda: postman, hashes=CodeHashes([KEY]), tokens=Tokens([KEY]), now=clock, per_source=0
    )


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
    [cookie] = answer.cookies
    assert cookie.startswith(f"token={answer.body['token']}; Path=/; ")
    assert set(cookie.split("; ")[2:]) == {"Max-Age=31536000", "HttpOnly", "Secure", "SameSite=Lax"}
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


def test_after_five_wrong_tries_the_right_code_fails_too(nobody: ApiClient, postman: Postman) -> None:
    send(nobody)
    for _ in range(5):
        assert verify(nobody, wrong(postman.code)).status == 401
    assert verify(nobody, postman.code).status == 401
    send(nobody)
    assert verify(nobody, postman.code).status == 201


def test_after_four_wrong_tries_the_right_code_still_works(nobody: ApiClient, postman: Postman) -> None:
    send(nobody)
    for _ in range(4):
        verify(nobody, wrong(postman.code))
    assert verify(nobody, postman.code).status == 201


def test_a_newer_code_replaces_the_one_before(nobody: ApiClient, postman: Postman) -> None:
    send(nobody)
    first = postman.code
    while postman.code == first:
        send(nobody)
    assert verify(nobody, first).status == 401
    assert verify(nobody, postman.code).status == 201


def test_a_code_serves_ten_minutes(service: SignIn, postman: Postman, clock: FakeClock) -> None:
    service.send_code(NEW)
    clock.advance(minutes=10)
    with pytest.raises(NotSignedIn):
        service.verify_code(NEW, postman.code)
    service.send_code(NEW)
    clock.advance(minutes=9, seconds=59)
    assert service.verify_code(NEW, postman.code).is_new_user


def test_a_code_of_another_address_is_wrong(nobody: ApiClient, postman: Postman, ada: Person) -> None:
    send(nobody, NEW)
    assert verify(nobody, postman.code, ada.email).status == 401


def test_the_sixth_code_in_an_hour_is_refused_though_the_others_have_expired(
    service: SignIn, postman: Postman, clock: FakeClock, database: Database
) -> None:
    for _ in range(5):
        service.send_code(NEW)
        clock.advance(minutes=11)
    with database.transaction() as connection:
        connection.execute(text("delete from email_verification_codes"))
    with pytest.raises(TooOften) as refused:
        service.send_code(NEW.upper())
    assert 4 * 60 <= refused.value.retry_after <= 6 * 60
    clock.advance(seconds=refused.value.retry_after + 1)
    service.send_code(NEW)
    assert len(postman.mails) == 6


def test_too_many_codes_are_answered_with_how_long_to_wait(nobody: ApiClient, postman: Postman) -> None:
    assert [send(nobody).status for _ in range(6)] == [200] * 5 + [429]
    answer = send(nobody)
    assert 3_500 < int(answer.headers["retry-after"]) <= 3_600
    assert send(nobody, "somebody.else@people.example").status == 200


def test_a_mail_that_fails_uses_up_no_slot_and_leaves_the_code_before_it_good(
    nobody: ApiClient, postman: Postman
) -> None:
    send(nobody)
    postman.down = Unavailable("The mail could not be sent.", retry_after=15)
    for _ in range(10):
        answer = send(nobody)
        assert (answer.status, answer.headers["retry-after"]) == (503, "15")
    postman.down = None
    assert verify(nobody, postman.code).status == 201
    assert [send(nobody).status for _ in range(5)] == [200, 200, 200, 200, 429]


def test_one_source_is_limited_over_all_addresses(database: Database, postman: Postman, clock: FakeClock) -> None:
    service = SignIn(
        database=database, mail=lambda: postman, hashes=CodeHashes([KEY]), tokens=Tokens([KEY]), now=clock, per_source=3
    )
    for number in range(2):
        service.send_code(f"person{number}@people.example", ip="2001:db8::1")
    with pytest.raises(NotSignedIn):
        service.verify_code("person1@people.example", wrong(postman.code), ip="2001:db8::2")
    with pytest.raises(TooOften):
        service.verify_code("person1@people.example", postman.code, ip="2001:db8::3")
    with pytest.raises(TooOften):
        service.send_code("person3@people.example", ip="2001:db8::1")
    assert service.verify_code("person1@people.example", postman.code, ip="198.51.100.1").is_new_user


def test_a_source_is_an_address_or_an_ipv6_network() -> None:
    assert source_of("198.51.100.1") == source_of("::ffff:198.51.100.1") == "198.51.100.1"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert source_of("") is source_of(None) is source_of("no address") is None


def test_codes_are_stored_hashed(nobody: ApiClient, postman: Postman, database: Database) -> None:
    send(nobody)
    with database.transaction() as connection:
        row = connection.execute(text("select * from email_verification_codes")).one()
    assert postman.code not in str(row.code_hash)
    assert len(row.code_hash) == 64


def test_of_many_that_use_one_code_at_once_one_gets_in(
    nobody: ApiClient, postman: Postman, database: Database, another_database: Database
) -> None:
    send(nobody)
    services = [
        SignIn(database=each, mail=lambda: postman, hashes=CodeHashes([KEY]), tokens=Tokens([KEY]), now=utc_now)
        for each in (database, another_database)
    ]

    def attempt(number: int) -> bool:
        try:
            services[number % 2].verify_code(NEW, postman.code)
        except NotSignedIn:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(attempt, range(4))) == 1


def test_of_many_that_ask_for_codes_at_once_five_get_one(
    postman: Postman, database: Database, another_database: Database
) -> None:
    services = [
        SignIn(database=each, mail=lambda: postman, hashes=CodeHashes([KEY]), tokens=Tokens([KEY]), now=utc_now)
        for each in (database, another_database)
    ]

    def ask(number: int) -> bool:
        try:
            services[number % 2].send_code(NEW)
        except TooOften:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(ask, range(10))) == 5


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
    nobody: ApiClient, monkeypatch: pytest.MonkeyPatch, outbox: Outbox
) -> None:
    monkeypatch.setattr(wiring_api, "direct_mail", lambda: SentAtOnce(outbox, "https://owlpost.example", utc_now))
    assert send(nobody).status == 200
    [letter] = outbox.letters
    assert letter.to == "grace.hopper@people.example"
    code = letter.mail.text.splitlines()[2]
    assert code in letter.mail.html
    assert "notification settings" not in letter.mail.text.lower()
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
