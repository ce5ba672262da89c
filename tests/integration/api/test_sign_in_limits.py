from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.people import Visit
from owlpost.domain.refusals import NotSignedIn, TooOften
from owlpost.domain.sources import source_of
from tests.integration.api.conftest import Postman
from tests.support.api import ApiClient
from tests.support.clock import FakeClock
from tests.support.signing_in import NEW, send, service, verify, wrong

HERE = Visit()


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


def test_a_code_serves_ten_minutes(postman: Postman, clock: FakeClock, database: Database) -> None:
    moving = service(database, postman, now=clock)
    moving.send_code(NEW, HERE)
    clock.advance(minutes=10)
    with pytest.raises(NotSignedIn):
        moving.verify_code(NEW, postman.code, HERE)
    moving.send_code(NEW, HERE)
    clock.advance(minutes=9, seconds=59)
    assert moving.verify_code(NEW, postman.code, HERE).is_new_user


def test_the_sixth_code_in_an_hour_is_refused_though_the_others_have_expired(
    postman: Postman, clock: FakeClock, database: Database
) -> None:
    moving = service(database, postman, now=clock)
    for _ in range(5):
        moving.send_code(NEW, HERE)
        clock.advance(minutes=11)
    with database.transaction() as connection:
        connection.execute(text("delete from email_verification_codes"))
    with pytest.raises(TooOften) as refused:
        moving.send_code(NEW.upper(), HERE)
    assert 4 * 60 <= refused.value.retry_after <= 6 * 60
    clock.advance(seconds=refused.value.retry_after + 1)
    moving.send_code(NEW, HERE)
    assert len(postman.mails) == 6


def test_too_many_codes_are_answered_with_how_long_to_wait(nobody: ApiClient, postman: Postman) -> None:
    assert [send(nobody).status for _ in range(6)] == [200] * 5 + [429]
    answer = send(nobody)
    assert 3_500 < int(answer.headers["retry-after"]) <= 3_600
    assert send(nobody, "somebody.else@people.example").status == 200


def test_one_source_is_limited_over_all_addresses(database: Database, postman: Postman, clock: FakeClock) -> None:
    source_limited = service(database, postman, now=clock, per_source=3)
    for number in range(2):
        source_limited.send_code(f"person{number}@people.example", Visit(ip="2001:db8::1"))
    with pytest.raises(NotSignedIn):
        source_limited.verify_code("person1@people.example", wrong(postman.code), Visit(ip="2001:db8::2"))
    with pytest.raises(TooOften):
        source_limited.verify_code("person1@people.example", postman.code, Visit(ip="2001:db8::3"))
    with pytest.raises(TooOften):
        source_limited.send_code("person3@people.example", Visit(ip="2001:db8::1"))
    assert source_limited.verify_code("person1@people.example", postman.code, Visit(ip="198.51.100.1")).is_new_user


def test_a_source_is_an_address_or_an_ipv6_network() -> None:
    assert source_of("198.51.100.1") == source_of("::ffff:198.51.100.1") == "198.51.100.1"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert source_of("") is source_of(None) is source_of("no address") is None


def test_of_many_that_use_one_code_at_once_one_gets_in(
    nobody: ApiClient, postman: Postman, database: Database, another_database: Database
) -> None:
    send(nobody)
    services = [service(each, postman) for each in (database, another_database)]

    def attempt(number: int) -> bool:
        try:
            services[number % 2].verify_code(NEW, postman.code, HERE)
        except NotSignedIn:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(attempt, range(4))) == 1


def test_of_many_that_ask_for_codes_at_once_five_get_one(
    postman: Postman, database: Database, another_database: Database
) -> None:
    services = [service(each, postman) for each in (database, another_database)]

    def ask(number: int) -> bool:
        try:
            services[number % 2].send_code(NEW, HERE)
        except TooOften:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(ask, range(10))) == 5
