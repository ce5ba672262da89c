"""The answer of a producer that has nothing to tell, or nobody to tell it to."""

from typing import Literal

from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is told, for this reason. It is false, so that `if request := announce(fact)` works."""

    reason: str

    def __bool__(self) -> Literal[False]:
        return False


OF_NO_TEAM = Silence("it belongs to no team")
DEVELOPMENT = Silence("it comes from a development build")
FIRST_SYNC = Silence("first sync")
