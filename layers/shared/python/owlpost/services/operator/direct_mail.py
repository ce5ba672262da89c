"""Tell the story of a direct mail in sentences."""

from datetime import datetime
from typing import Any

from owlpost.db.operator.direct_log import DirectMailStory
from owlpost.domain import explanations
from owlpost.services.operator.content import Content
from owlpost.services.operator.moments import moment

NO_CONTENT = Content("What a direct mail said is not kept: it may hold a code or a link that signs in.", None, {})
STARTED = (
    "The function owlpost-alert was asked to mail it. It has no database, so that it works while the database is away:"
    " its log says what became of the mail."
)


def told(mail: DirectMailStory) -> list[str]:
    """Return what it was, what became of it, what its provider reported later, and what can be done."""
    return [*_ended(mail), *(_reported(fate, said) for fate, said in mail.provider_events.items())]


def _reported(fate: str, said: dict[str, Any]) -> str:
    why = f": {detail}" if (detail := said.get("message") or said.get("reason")) else ""
    return f"Its provider reported {fate.replace('_', ' ')}, {moment(datetime.fromisoformat(said['at']))}{why}."


def _ended(mail: DirectMailStory) -> list[str]:
    beginning = f"{mail.title} for {mail.recipient}, mailed at once and by no queue, {moment(mail.created_at)}."
    match mail.status:
        case "started":
            return [beginning, STARTED]
        case "sent" if mail.provider_id == "console":
            return [beginning, f"It was printed to the log: {explanations.explain('console').meaning}."]
        case "sent":
            by = f", who knows it as {mail.provider_id}" if mail.provider_id else ""
            return [beginning, f"The provider took it{by}."]
        case status:
            reason = explanations.explain(mail.error or "unknown")
            again = "It is not sent again by itself: who asked for it was told, and can ask again."
            return [beginning, f"It ended {status}: {reason.meaning} ({mail.error}).", again]
