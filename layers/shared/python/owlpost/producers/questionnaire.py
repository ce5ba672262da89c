"""A questionnaire's response was submitted → `questionnaire.response_new` to the app's team."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import wording
from owlpost.producers.facts import App, Fact, Line, Name
from owlpost.producers.silence import DEVELOPMENT, OF_NO_TEAM, Silence

LONGEST_ANSWER = 120

Score: TypeAlias = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]


class Scored(Fact):
    """A question with a number as its answer. None means unanswered; 0 is an answer."""

    type: Literal["nps", "rating"]
    question: Name
    answer: Score | None = None

    @property
    def said(self) -> str:
        return "" if self.answer is None else f"{self.answer:g}"


class Chosen(Fact):
    """A question with options as its answer, given by their labels."""

    type: Literal["single_choice", "multiple_choice"]
    question: Name
    labels: tuple[Line, ...] = ()

    @property
    def said(self) -> str:
        return ", ".join(filter(None, self.labels))


class Written(Fact):
    type: Literal["text"]
    question: Name
    answer: Line | None = None

    @property
    def said(self) -> str:
        return self.answer or ""


Answer: TypeAlias = Annotated[Scored | Chosen | Written, Field(discriminator="type")]
#: Kinds of questions, the most informative in one line first.
TELLING = ("nps", "rating", "single_choice", "multiple_choice", "text")


class ResponseSaved(Fact):
    """A saved response, with its answers in the order of the questionnaire; `draft` until submitted."""

    response_id: UUID
    questionnaire_id: UUID
    questionnaire_slug: Name
    questionnaire_name: Name
    app: App
    answers: tuple[Answer, ...]
    status: Literal["draft", "submitted"]
    is_dev: bool = False


def announce(response: ResponseSaved) -> EnqueueRequest | Silence:
    """Return the request, or Silence for a draft, a development build or an app without a team."""
    if response.status == "draft":
        return Silence("a draft is not submitted yet")
    if response.is_dev:
        return DEVELOPMENT
    if response.app.team_id is None:
        return OF_NO_TEAM
    body = ": ".join(filter(None, (response.questionnaire_name, _summary(response.answers))))
    said = wording.told(lambda words: (wording.title(words("response.title", app="{}"), response.app.name), body))
    return EnqueueRequest(
        type="questionnaire.response_new",
        recipients=ByTeam(team_id=response.app.team_id),
        title=said.title,
        body=said.body,
        translations=said.translations,
        link=f"/dashboard/questionnaires/{response.questionnaire_id}",
        data={
            "questionnaire_id": str(response.questionnaire_id),
            "questionnaire_slug": response.questionnaire_slug,
            "response_id": str(response.response_id),
            **response.app.data,
        },
        idempotency_key=f"questionnaire.response_new:{response.response_id}",
    )


def _summary(answers: tuple[Answer, ...]) -> str:
    """Return the first answered question of the most informative kind, empty if nothing was answered."""
    answered = [answer for answer in answers if answer.said]
    if not answered:
        return ""
    first = min(answered, key=lambda answer: TELLING.index(answer.type))
    return f"{first.question}: {wording.cut(first.said, LONGEST_ANSWER)}"
