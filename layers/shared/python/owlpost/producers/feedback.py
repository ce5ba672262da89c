"""Feedback came in → `feedback.new` to the app's team."""

from uuid import UUID

from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.producers import wording
from owlpost.producers.facts import App, Fact, Line, Prose
from owlpost.producers.silence import DEVELOPMENT, OF_NO_TEAM, Silence
from owlpost.words import Words

LONGEST_MESSAGE = 200


class FeedbackSubmitted(Fact):
    """A feedback message, with the author's name and address if given."""

    feedback_id: UUID
    app: App
    message: Prose
    name: Line = ""
    email: Line = ""
    is_dev: bool = False


def announce(feedback: FeedbackSubmitted) -> EnqueueRequest | Silence:
    """Return the request, or Silence for a development build or an app without a team."""
    if feedback.is_dev:
        return DEVELOPMENT
    if feedback.app.team_id is None:
        return OF_NO_TEAM
    said = wording.told(lambda words: _say(feedback, words))
    return EnqueueRequest(
        type="feedback.new",
        recipients=ByTeam(team_id=feedback.app.team_id),
        title=said.title,
        body=said.body,
        translations=said.translations,
        link=f"/dashboard/feedback/{feedback.feedback_id}",
        data={"feedback_id": str(feedback.feedback_id), **feedback.app.data},
        idempotency_key=f"feedback.new:{feedback.feedback_id}",
    )


def _say(feedback: FeedbackSubmitted, words: Words) -> tuple[str, str]:
    who = wording.cut(feedback.name or feedback.email or words("feedback.someone"), wording.LONGEST_TITLE)
    return (
        wording.title(words("feedback.title", app="{}"), feedback.app.name),
        ": ".join(filter(None, (who, wording.cut(feedback.message, LONGEST_MESSAGE)))),
    )
