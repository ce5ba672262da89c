import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from tests.support.json_blobs import json_values as any_json
from tests.support.json_blobs import texts


def shuffled(value: object, chance: random.Random) -> object:
    """The same JSON value with the keys of each object in another order and whole numbers spelled otherwise."""
    if isinstance(value, dict):
        members = [(key, shuffled(member, chance)) for key, member in value.items()]
        chance.shuffle(members)
        return dict(members)
    if isinstance(value, list):
        return [shuffled(member, chance) for member in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def nested(depth: int) -> object:
    value: object = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@given(value=any_json, chance=st.randoms(use_true_random=False))
def test_two_bodies_are_the_same_whatever_the_order_of_keys_and_the_spelling_of_numbers(
    value: object, chance: random.Random
) -> None:
    assert json_values.fingerprint(shuffled(value, chance)) == json_values.fingerprint(value)


members = st.dictionaries(texts, st.integers() | texts)


@given(first=members, second=members)
def test_two_bodies_differ_where_their_values_do(first: object, second: object) -> None:
    assert (json_values.fingerprint(first) == json_values.fingerprint(second)) == (first == second)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "true"), ("0", "false"), ("1", '"1"'), ("null", '"null"'), ("[]", "{}"), ("[1,2]", "[2,1]")],
)
def test_values_that_look_alike_are_not_the_same(one: str, other: str) -> None:
    assert json_values.fingerprint(json.loads(one)) != json_values.fingerprint(json.loads(other))


@pytest.mark.parametrize(("one", "other"), [("1", "1.0"), ("100", "1e2"), ("0", "-0.0"), ('"é"', r'"\u00e9"')])
def test_two_spellings_of_a_value_are_the_same(one: str, other: str) -> None:
    assert json_values.fingerprint(json.loads(one)) == json_values.fingerprint(json.loads(other))


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "{", "{'a': 1}", '{"a": NaN}', "[Infinity]", "-Infinity", b"\xff", "[" * 100_000, "9" * 5_000],
)
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        json_values.parse(text)
    assert refusal.value.field == "request"


@given(value=any_json)
def test_json_that_postgres_can_store_passes_and_survives_the_way_there(value: object) -> None:
    json_values.check(value, "data")
    assert json_values.parse(json_values.compact(value)) == value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [0, "x\0y"]}, "data.a.1"),
        ({"a": {"b\0": 1}}, "data.a"),
        ("\ud83d", "data"),
        ({"a": {"\udc00": 1}}, "data.a"),
        ([float("nan")], "data.0"),
        ({"n": float("-inf")}, "data.n"),
        ({"n": 10**301}, "data.n"),
        ({"n": -(10**301)}, "data.n"),
        (nested(json_values.MAX_DEPTH + 1), "data"),
        (nested(50_000), "data"),
    ],
    ids=[
        "NUL",
        "NUL in a key",
        "surrogate",
        "surrogate in a key",
        "NaN",
        "infinity",
        "huge",
        "hugely negative",
        "deep",
        "abyss",
    ],
)
def test_what_postgres_cannot_store_is_refused_by_its_path(value: object, path: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        json_values.check(value, "data")
    assert refusal.value.field == path


def test_nesting_is_allowed_up_to_the_limit() -> None:
    json_values.check(nested(json_values.MAX_DEPTH), "data")


def test_the_limits_lie_inside_what_python_can_print() -> None:
    assert json.loads(json_values.compact({"n": json_values.MAX_INTEGER})) == {"n": json_values.MAX_INTEGER}


def test_members_are_allowed_up_to_the_limit_in_all() -> None:
    half = [0] * (json_values.MAX_MEMBERS // 2 - 1)
    json_values.check({"a": half, "b": half}, "data")
    with pytest.raises(InvalidRequest, match=r"^data: has more than") as refusal:
        json_values.check({"a": half, "b": [*half, 0]}, "data")
    assert refusal.value.field == "data"


def test_a_key_is_allowed_up_to_the_limit_and_a_longer_one_is_not_told() -> None:
    key = "k" * json_values.MAX_KEY_LENGTH
    json_values.check({"a": {key: 1}}, "data")
    with pytest.raises(InvalidRequest, match="must not have a key of more than") as refusal:
        json_values.check({"a": {key + "k": 1}}, "data")
    assert refusal.value.field == "data.a"
