"""Say what decided about a delivery at its time, from its row: today's settings may be others."""

from datetime import datetime

from owlpost.domain import explanations
from owlpost.domain.destinations import ROOM_ON
from owlpost.domain.registry_version import registry_version
from owlpost.services.operator.moments import moment

#: What switched a channel on, in words.
SWITCHED_ON = {
    "mandatory": "the type is mandatory",
    "project_on": "the person has switched it on for this project",
    "preference_on": "the person has switched it on",
    "default_on": "on by default",
    ROOM_ON: "an admin of the team has connected the room, and it is told of this type",
}
#: Rules that rest on what the person chose.
CHOSEN = frozenset({"channel_off", "project_on", "project_off", "preference_on", "preference_off", "paused"})


def told(rule: str, registry: str | None, preference_at: datetime | None) -> str:
    """Return the sentence about the rule, since when the choice stood, and whether the registry is another one today."""
    why = SWITCHED_ON.get(rule) or explanations.explain(rule).meaning
    since = f", as they chose {moment(preference_at)}" if preference_at else ""
    if rule in CHOSEN and not preference_at:
        since = "; when they chose so is not recorded"
    today = "" if registry == registry_version() else f"; today's is {registry_version()}"
    return f"Decided by {rule}: {why}{since} (registry of types {registry}{today})."
