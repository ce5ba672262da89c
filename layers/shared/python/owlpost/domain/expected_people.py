"""How many people a request is expected to reach: with another number it is refused, and nothing is written.

It travels beside a request, as the correlation id does, so it does not change whether two requests are the same.
"""

from collections.abc import Mapping

from owlpost.domain.errors import InvalidRequest

#: Its name among the custom values of Lambda's ClientContext.
FIELD = "expected_people"
#: Enough for any installation.
LONGEST = 9


def taken(beside: Mapping[str, object]) -> int | None:
    """Return the number that came beside a request, None if none did. Raises InvalidRequest for what is no number."""
    if FIELD not in beside:
        return None
    given = beside[FIELD]
    if not (isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= LONGEST):
        raise InvalidRequest(FIELD, "must be a whole number")
    return int(given)


def check(people: int, expected: int) -> None:
    """Raise InvalidRequest unless the request reaches as many people as expected."""
    if people != expected:
        raise InvalidRequest(
            FIELD, f"would reach {people} people, not {expected}: nothing was sent; owlpost estimate says who"
        )
