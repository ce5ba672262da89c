import pytest

from owlpost.domain.requests import ByTeam
from owlpost.producers import silence
from owlpost.producers.feedback import announce
from tests.support.facts import APP, OF_NO_TEAM, TEAM, feedback, number


def test_feedback_is_told_to_the_team_of_the_app() -> None:
    request = announce(feedback(name="Mira"))
    assert request
    assert request.type == "feedback.new"
    assert request.recipients == ByTeam(team_id=TEAM)
    assert request.title == "New feedback in Pocket Atlas"
    assert request.body == "Mira: love it"
    assert request.link == f"/dashboard/feedback/{number(30)}"
    assert request.data == {
        "feedback_id": str(number(30)),
        "app_id": str(APP.id),
        "app_name": "Pocket Atlas",
        "project_id": str(APP.project_id),
    }
    assert request.idempotency_key == f"feedback.new:{number(30)}"


@pytest.mark.parametrize(
    ("who", "body"),
    [
        ({"name": "Mira", "email": "mira@atlas.example"}, "Mira: love it"),
        ({"name": "  ", "email": "mira@atlas.example"}, "mira@atlas.example: love it"),
        ({}, "Someone: love it"),
    ],
)
def test_the_name_goes_before_the_address_and_that_before_someone(who: dict[str, str], body: str) -> None:
    request = announce(feedback(**who))
    assert request
    assert request.body == body


def test_a_long_message_is_cut_at_two_hundred() -> None:
    request = announce(feedback(message="x" * 1_000))
    assert request
    assert request.body == f"Someone: {'x' * 199}…"


def test_lines_of_a_message_stay_lines_and_control_characters_go() -> None:
    request = announce(feedback(message="one\r\ntwo\x00\x1b\ud800", name="Mi\nra"))
    assert request
    assert request.body == "Mi ra: one\ntwo?"


def test_development_builds_and_apps_of_no_team_are_silent() -> None:
    assert announce(feedback(is_dev=True)) == silence.DEVELOPMENT
    assert announce(feedback(app=OF_NO_TEAM)) == silence.OF_NO_TEAM
