"""What the doctor finds."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """`good`, `wrong`, or `unknown` where the doctor was not let in; what is not good has a remedy."""

    subject: str
    level: Literal["good", "wrong", "unknown"]
    said: str
    remedy: str = ""


def good(subject: str, said: str) -> Finding:
    return Finding(subject, "good", said)


def wrong(subject: str, said: str, remedy: str) -> Finding:
    return Finding(subject, "wrong", said, remedy)
