"""APNs' token: one for all containers, never too old, never renewed too often."""

from itertools import pairwise

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.mobile_push.apns_token import ApnsProviderToken, SigningKey

KEY = ec.generate_private_key(ec.SECP256R1())
SIGNING_KEY = SigningKey(KEY, "KEYID12345", "TEAMID1234")
NOON = 1_795_608_000.0


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def token(clock: Clock) -> ApnsProviderToken:
    return ApnsProviderToken(SIGNING_KEY, clock=clock)


def issued_at(bearer: bytes) -> int:
    claims = jwt.decode(
        bearer.decode().removeprefix("bearer "), KEY.public_key(), algorithms=["ES256"], options={"verify_iat": False}
    )
    return int(claims["iat"])


def test_it_says_who_we_are_and_apple_can_verify_it() -> None:
    bearer = token(Clock(NOON)).bearer().decode()
    text = bearer.removeprefix("bearer ")
    assert (
        jwt.decode(text, KEY.public_key(), algorithms=["ES256"], options={"verify_iat": False})["iss"] == "TEAMID1234"
    )
    assert jwt.get_unverified_header(text) == {"typ": "JWT", "alg": "ES256", "kid": "KEYID12345"}


def test_cold_containers_of_one_window_hold_the_same_token() -> None:
    opened = issued_at(token(Clock(NOON)).bearer()) + 600
    assert token(Clock(opened)).bearer() == token(Clock(opened + 1799)).bearer()


@given(st.floats(min_value=1.7e9, max_value=2.5e9))
def test_a_token_is_never_from_the_future_and_never_near_an_hour_old(now: float) -> None:
    age = now - issued_at(token(Clock(now)).bearer())
    assert 600 <= age <= 2400


@given(
    st.floats(min_value=1.7e9, max_value=2.5e9),
    st.floats(min_value=-600, max_value=600),
    st.lists(st.tuples(st.floats(min_value=0, max_value=7200), st.booleans()), max_size=12),
)
def test_a_clock_ten_minutes_off_gets_no_token_refused(
    start: float, off: float, steps: list[tuple[float, bool]]
) -> None:
    """Apple refuses an `iat` that is to come, or older than an hour. A refusal may come at any time and be unjust."""
    clock = Clock(start + off)
    worker = token(clock)
    for seconds, is_refused in [(0.0, False), *steps, (0.0, False)]:
        clock.now += seconds
        bearer = worker.bearer()
        assert 0 <= clock.now - off - issued_at(bearer) < 3600
        if is_refused:
            worker.refused(bearer)


def test_tokens_are_renewed_half_an_hour_apart() -> None:
    clock = Clock(NOON)
    long_lived = token(clock)
    seen = set()
    for minute in range(240):
        clock.now = NOON + 60 * minute
        seen.add(issued_at(long_lived.bearer()))
    steps = sorted(seen)
    assert {later - earlier for earlier, later in pairwise(steps)} == {1800}


def test_a_refused_token_is_replaced_by_a_fresh_one() -> None:
    clock = Clock(NOON)
    clock.now = issued_at(token(clock).bearer()) + 1934.5
    provider_token = token(clock)
    old = provider_token.bearer()
    provider_token.refused(old)
    assert provider_token.bearer() != old
    assert 600 <= clock.now - issued_at(provider_token.bearer()) < 660


def test_a_second_refusal_within_twenty_minutes_renews_nothing() -> None:
    clock = Clock(NOON)
    clock.now = issued_at(token(clock).bearer()) + 1980
    provider_token = token(clock)
    provider_token.refused(provider_token.bearer())
    fresh = provider_token.bearer()
    clock.now += 1199
    provider_token.refused(fresh)
    assert provider_token.bearer() == fresh


def test_a_late_refusal_of_an_older_token_changes_nothing() -> None:
    provider_token = token(Clock(NOON))
    current = provider_token.bearer()
    provider_token.refused(b"bearer an-older-one")
    assert provider_token.bearer() == current


def test_a_refused_token_that_is_too_young_to_be_renewed_is_kept() -> None:
    clock = Clock(NOON)
    clock.now = issued_at(token(clock).bearer()) + 1800 + 700
    provider_token = token(clock)
    young = provider_token.bearer()
    provider_token.refused(young)
    assert provider_token.bearer() == young


@pytest.mark.parametrize("minutes_into_the_window", range(30, 40, 2))
def test_after_a_step_tokens_stay_young_and_twenty_minutes_apart(minutes_into_the_window: int) -> None:
    clock = Clock(NOON)
    provider_token = token(clock)
    clock.now = issued_at(provider_token.bearer()) + 60 * minutes_into_the_window
    provider_token.refused(provider_token.bearer())
    seen = []
    for _ in range(240):
        seen.append(issued_at(provider_token.bearer()))
        assert clock.now - seen[-1] < 3000
        clock.now += 60
    assert all(later - earlier >= 1200 for earlier, later in pairwise(sorted(set(seen))))
    assert provider_token.bearer() == token(clock).bearer()
