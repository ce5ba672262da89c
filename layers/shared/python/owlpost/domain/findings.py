"""What `owlpost doctor` finds, on the machine that it runs on and inside the functions that it asks."""

from typing import Literal, TypeAlias

from owlpost.domain.value import dataclass

#: `unknown` where there was no answer or no right to look; a `note` is of what may be meant so, or harms nobody yet.
Level: TypeAlias = Literal["good", "wrong", "unknown", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. What is not good has a remedy."""

    subject: str
    level: Level
    said: str
    remedy: str = ""


def good(subject: str, said: str) -> Finding:
    return Finding(subject, "good", said)


def wrong(subject: str, said: str, remedy: str) -> Finding:
    return Finding(subject, "wrong", said, remedy)


def unknown(subject: str, said: str, remedy: str) -> Finding:
    return Finding(subject, "unknown", said, remedy)


def note(subject: str, said: str, remedy: str) -> Finding:
    return Finding(subject, "note", said, remedy)
