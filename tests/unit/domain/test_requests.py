from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.requests import MAX_DATA_BYTES, MAX_USER_IDS, ByIds, ByTeam, Continuation, EnqueueRequest
from tests.support.json_blobs import json_values as any_json

SOMEONE = "0190a1b2-0000-7000-8000-000000000001"
A_TEAM = "0190a1b2-0000-7000-8000-000000000002"
#: Brackets and comma of `{"a":"…"}` take eight bytes.
FULL = MAX_DATA_BYTES - 8


def body(**changes: object) -> dict[str, object]:
    """A request that is taken, with changes; a member changed to `...` is left out."""
    whole = {"type": "feedback.new", "recipients": {"user_ids": [SOMEONE]}, "title": "New feedback", **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def refusal(value: object, parse: Callable[[object], object] = EnqueueRequest.from_json) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        parse(value)
    return caught.value


def field_of(value: object) -> str:
    error = refusal(value)
    assert str(error).startswith(error.field)
    assert error.problem
    return error.field


@pytest.mark.parametrize("value", [None, [], "feedback.new", 7, True, [body()]])
def test_what_is_no_object_is_no_request(value: object) -> None:
    assert field_of(value) == "request"


@pytest.mark.parametrize(
    "type_", ["system.alert", "team.invitation", "", "feedback.new\n", None, 3, ["feedback.new"], ...]
)
def test_a_type_that_cannot_be_enqueued_is_refused(type_: object) -> None:
    assert field_of(body(type=type_)) == "type"


@pytest.mark.parametrize(
    "title",
    [
        ...,
        None,
        "",
        "   ",
        "a" * 201,
        "two\nlines",
        "tab\t",
        "\x00",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\x9f",
        "\ud800",
        7,
        ["New"],
    ],
)
def test_a_title_is_one_line_of_1_to_200_characters(title: object) -> None:
    assert field_of(body(title=title)) == "title"


@pytest.mark.parametrize("title", ["a" * 200, "🦉" * 200, "¡Olé! مرحبا 你好"])
def test_a_title_may_be_in_any_script(title: str) -> None:
    assert EnqueueRequest.from_json(body(title=title)).title == title


@pytest.mark.parametrize("text", ["a" * 10_001, "x\0y", "\udfff", 7, {}])
def test_a_body_that_is_too_long_or_cannot_be_stored_is_refused(text: object) -> None:
    assert field_of(body(body=text)) == "body"


def test_a_body_may_have_lines() -> None:
    assert EnqueueRequest.from_json(body(body="🆕 one\n🔄 two\n" + "a" * 9_986)).body


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:\\\\evil.example",
        "http://owlpost.example",
        "https://",
        "https:///dashboard",
        "https://[::1",
        "dashboard",
        " /dashboard",
        "/dash board",
        "/dash\tboard",
        "/dashboard\n",
        "/\u00a0",
        "/\u2028",
        "/\x85",
        "/\0",
        "",
        "/" + "a" * 2_000,
        "data:text/html,x",
        7,
    ],
)
def test_a_link_leads_to_a_path_of_ours_or_to_https_and_nowhere_else(link: object) -> None:
    assert field_of(body(link=link)) == "link"


@pytest.mark.parametrize(
    "link", ["/", "/dashboard/reviews?app_id=7#top", "https://example.com/a?b=c", "/" + "a" * 1_999, "/entwürfe/你好"]
)
def test_a_link_of_ours_is_taken_as_it_is(link: str) -> None:
    assert EnqueueRequest.from_json(body(link=link)).link == link


@pytest.mark.parametrize(
    "data",
    [{"a": "x" * (FULL + 1)}, {"a": "é" * (FULL // 2 + 1)}, [], "x", 7],
    ids=["too large", "too large in UTF-8", "list", "text", "number"],
)
def test_data_is_an_object_of_at_most_64_kib(data: object) -> None:
    assert field_of(body(data=data)) == "data"


def test_data_of_exactly_64_kib_is_taken() -> None:
    assert EnqueueRequest.from_json(body(data={"a": "x" * FULL})).data


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"a": {"b": ["\0"]}}, "data.a.b.0"),
        ({"a": {"\0": 1}}, "data.a"),
        ({"a": "\ud800"}, "data.a"),
        ({"\udfff": 1}, "data"),
        ({"a": float("nan")}, "data.a"),
        ({"a": float("inf")}, "data.a"),
        ({"a": 10**400}, "data.a"),
    ],
)
def test_data_that_postgres_cannot_store_is_refused_by_its_path(data: object, field: str) -> None:
    assert field_of(body(data=data)) == field


def test_data_nested_too_deep_is_refused_by_name_however_deep() -> None:
    data: dict[str, object] = {}
    for _ in range(20_000):
        data = {"a": data}
    assert field_of(body(data=data)) == "data"


@pytest.mark.parametrize(
    ("recipients", "field"),
    [
        (..., "recipients"),
        (None, "recipients"),
        ([SOMEONE], "recipients"),
        (SOMEONE, "recipients"),
        ({}, "recipients"),
        ({"user_ids": [SOMEONE], "team_id": A_TEAM}, "recipients"),
        ({"user_ids": None}, "recipients.user_ids"),
        ({"user_ids": SOMEONE}, "recipients.user_ids"),
        ({"user_ids": {SOMEONE: True}}, "recipients.user_ids"),
        ({"user_ids": [SOMEONE, "no-uuid"]}, "recipients.user_ids.1"),
        ({"user_ids": [SOMEONE + "0"]}, "recipients.user_ids.0"),
        ({"user_ids": [7]}, "recipients.user_ids.0"),
        ({"user_ids": [None]}, "recipients.user_ids.0"),
        ({"user_ids": ["\0"]}, "recipients.user_ids.0"),
        ({"user_ids": [SOMEONE] * (MAX_USER_IDS + 1)}, "recipients.user_ids"),
        ({"user_ids": [SOMEONE], "roles": ["owner"]}, "recipients.roles"),
        ({"user_ids": [SOMEONE], "by_ids": 1}, "recipients.by_ids"),
        ({"team_id": "cartographers"}, "recipients.team_id"),
        ({"team_id": None}, "recipients.team_id"),
        ({"team_id": A_TEAM, "roles": []}, "recipients.roles"),
        ({"team_id": A_TEAM, "roles": "owner"}, "recipients.roles"),
        ({"team_id": A_TEAM, "roles": ["owner", "king"]}, "recipients.roles.1"),
        ({"team_id": A_TEAM, "exclude_user_ids": ["x"]}, "recipients.exclude_user_ids.0"),
        ({"team_id": A_TEAM, "exclude_user_ids": [SOMEONE] * (MAX_USER_IDS + 1)}, "recipients.exclude_user_ids"),
        ({"team_id": A_TEAM, "everyone": True}, "recipients.everyone"),
    ],
)
def test_recipients_are_people_by_id_or_one_team(recipients: object, field: str) -> None:
    assert field_of(body(recipients=recipients)) == field


def test_ten_thousand_people_can_be_named() -> None:
    request = EnqueueRequest.from_json(body(recipients={"user_ids": [str(uuid4()) for _ in range(MAX_USER_IDS)]}))
    assert isinstance(request.recipients, ByIds)
    assert len(request.recipients.user_ids) == MAX_USER_IDS


@pytest.mark.parametrize("key", ["", "k" * 256, "\0", "\ud800", 7, []])
def test_an_idempotency_key_has_1_to_255_characters(key: object) -> None:
    assert field_of(body(idempotency_key=key)) == "idempotency_key"


@pytest.mark.parametrize("team_id", ["", "cartographers", 7, [A_TEAM]])
def test_the_team_is_named_by_its_id(team_id: object) -> None:
    assert field_of(body(team_id=team_id)) == "team_id"


@pytest.mark.parametrize("name", ["priority", "Title", "by_ids", "continue_request"])
def test_a_field_nobody_knows_is_refused_by_its_name(name: str) -> None:
    assert field_of(body(**{name: 1})) == name


@pytest.mark.parametrize("name", ["", "\x01", "\x85\n", "\u2028", "n" * 500])
def test_a_fields_odd_name_can_be_logged_and_put_in_a_message_attribute(name: str) -> None:
    field = refusal(body(**{name: 1})).field
    assert field
    assert field.isprintable()
    assert len(field) <= 200


@given(value=any_json)
def test_any_json_is_either_taken_or_refused_by_a_field(value: object) -> None:
    assert field_of(value)
    assert field_of(body(recipients=value)).startswith("recipients")
    if not isinstance(value, dict):
        assert field_of(body(data=[value])) == "data"


def test_all_of_a_request_is_read() -> None:
    whole = body(
        team_id=A_TEAM,
        body="love it",
        link="/dashboard",
        data={"feedback_id": "7", "n": [1.5, None]},
        idempotency_key="k",
    )
    request = EnqueueRequest.from_json(whole)
    assert request.recipients == ByIds(user_ids=(UUID(SOMEONE),))
    assert request.about_team == UUID(A_TEAM)
    assert request.model_dump(mode="json", exclude_none=True) == whole


def test_a_notification_to_a_team_is_about_that_team_unless_another_is_named() -> None:
    to_team = {"team_id": A_TEAM, "roles": ["owner", "admin"], "exclude_user_ids": [SOMEONE]}
    told = EnqueueRequest.from_json(body(recipients=to_team))
    other = EnqueueRequest.from_json(body(recipients=to_team, team_id=SOMEONE))
    assert isinstance(told.recipients, ByTeam)
    assert told.about_team == UUID(A_TEAM)
    assert other.about_team == UUID(SOMEONE)
    assert EnqueueRequest.from_json(body()).about_team is None


def test_null_stands_for_a_field_that_is_left_out() -> None:
    nothing = dict.fromkeys(["team_id", "body", "link", "data", "idempotency_key"])
    assert EnqueueRequest.from_json(body(**nothing)) == EnqueueRequest.from_json(body())


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"continue_request": SOMEONE}, "chunk"),
        ({"continue_request": "x", "chunk": 1}, "continue_request"),
        ({"continue_request": SOMEONE, "chunk": "one"}, "chunk"),
        ({"continue_request": SOMEONE, "chunk": 0}, "chunk"),
        ({"continue_request": SOMEONE, "chunk": 2**31}, "chunk"),
        ({"continue_request": SOMEONE, "chunk": 1, "title": "x"}, "title"),
    ],
)
def test_a_continuation_that_makes_no_sense_is_refused(value: object, field: str) -> None:
    assert refusal(value, Continuation.from_json).field == field


def test_a_request_that_went_through_json_is_the_same_request() -> None:
    request = EnqueueRequest.from_json(body(data={"a": [1, {"b": "🦉"}]}))
    assert EnqueueRequest.from_json(json_values.parse(request.model_dump_json())) == request


def test_a_continuation_has_a_chunk() -> None:
    assert Continuation.from_json({"continue_request": SOMEONE, "chunk": 1}).chunk == 1
    assert refusal({"continue_request": SOMEONE}, Continuation.from_json).field == "chunk"
    assert refusal([]).field == "request"


@given(any_json)
def test_what_has_no_telltale_member_is_taken_for_a_request(value: object) -> None:
    telltales = [kind for kind in MessageKind if isinstance(value, dict) and kind.value in value]
    assert kind_of(value) is (telltales[0] if telltales else MessageKind.REQUEST)


@given(st.permutations([kind.value for kind in MessageKind if kind.value]), st.integers(min_value=1, max_value=4))
def test_of_several_telltale_members_one_decides_whatever_their_order(members: list[str], number: int) -> None:
    there = dict.fromkeys(members[:number])
    assert kind_of(there) is kind_of(dict(sorted(there.items())))
    assert kind_of(body(**there)) is kind_of(there)
