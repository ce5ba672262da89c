from typing import Any

import pytest

from owlpost.domain.requests import ByTeam
from owlpost.producers import silence
from owlpost.producers.questionnaire import announce
from owlpost.producers.silence import Silence
from tests.support.facts import APP, OF_NO_TEAM, TEAM, number, response

NPS = {"type": "nps", "question": "How likely are you to recommend us?", "answer": 9}
STARS = {"type": "rating", "question": "How was it?", "answer": 4}
ONE = {"type": "single_choice", "question": "Which map?", "labels": ["Hiking"]}
SOME = {"type": "multiple_choice", "question": "Where?", "labels": ["Alps", "Dolomites"]}
WORDS = {"type": "text", "question": "Anything else?", "answer": "More\ncontour lines"}


def body(*answers: dict[str, Any]) -> str | None:
    request = announce(response(*answers))
    assert request
    return request.body


def test_a_submitted_response_is_told_to_the_team_of_the_app() -> None:
    request = announce(response(NPS))
    assert request
    assert request.type == "questionnaire.response_new"
    assert request.recipients == ByTeam(team_id=TEAM)
    assert request.title == "New questionnaire response in Pocket Atlas"
    assert request.body == "Spring survey: How likely are you to recommend us?: 9"
    assert request.link == f"/dashboard/questionnaires/{number(41)}"
    assert request.data == {
        "questionnaire_id": str(number(41)),
        "questionnaire_slug": "spring-survey",
        "response_id": str(number(40)),
        "app_id": str(APP.id),
        "app_name": "Pocket Atlas",
        "project_id": str(APP.project_id),
    }
    assert request.idempotency_key == f"questionnaire.response_new:{number(40)}"


def test_drafts_development_builds_and_apps_of_no_team_are_silent() -> None:
    assert announce(response(NPS, status="draft")) == Silence("a draft is not submitted yet")
    assert announce(response(NPS, is_dev=True)) == silence.DEVELOPMENT
    assert announce(response(NPS, app=OF_NO_TEAM)) == silence.OF_NO_TEAM


@pytest.mark.parametrize(
    ("answers", "summary"),
    [
        ((WORDS, SOME, ONE, STARS, NPS), "How likely are you to recommend us?: 9"),
        ((WORDS, SOME, ONE, STARS), "How was it?: 4"),
        ((WORDS, SOME, ONE), "Which map?: Hiking"),
        ((WORDS, SOME), "Where?: Alps, Dolomites"),
        ((WORDS,), "Anything else?: More contour lines"),
    ],
)
def test_the_most_telling_kind_of_question_is_the_summary(answers: tuple[dict[str, Any], ...], summary: str) -> None:
    assert body(*answers) == f"Spring survey: {summary}"


def test_the_first_answered_of_a_kind_is_taken_and_nought_is_an_answer() -> None:
    assert body({**NPS, "answer": None}, {**NPS, "question": "And now?", "answer": 0}, NPS) == (
        "Spring survey: And now?: 0"
    )


def test_questions_left_open_are_passed_by() -> None:
    assert body({**NPS, "answer": None}, {**ONE, "labels": []}, {**WORDS, "answer": " "}, SOME) == (
        "Spring survey: Where?: Alps, Dolomites"
    )


def test_a_response_without_an_answer_names_the_questionnaire() -> None:
    assert body({**WORDS, "answer": None}) == "Spring survey"


def test_a_long_text_is_cut_at_a_hundred_and_twenty() -> None:
    assert body({**WORDS, "answer": "x" * 500}) == f"Spring survey: Anything else?: {'x' * 119}…"
