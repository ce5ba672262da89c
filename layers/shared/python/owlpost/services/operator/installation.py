"""Say what somebody has to do about the brake, and about a schema that is not the code's."""

from collections.abc import Iterator, Sequence

from owlpost.db.operator.holds import OpenHold
from owlpost.db.operator.versions import Versions
from owlpost.domain.brake import PLACED_BY


def brakes(open_holds: Sequence[OpenHold]) -> Iterator[str]:
    """Name the producers whose requests the brake holds."""
    for hold in open_holds:
        if hold.created_by == PLACED_BY:
            who = f"producer {hold.producer}" if hold.producer else "a producer without a name"
            since = f"{hold.created_at:%H:%M:%S} UTC"
            yield (
                f"The brake holds what {who} sends too much since {since}: owlpost let-go {hold.id} sends it,"
                " --discard gives it up."
            )


def schema(found: Versions) -> Iterator[str]:
    """Name a schema that is not that of the code."""
    if found.schema not in {None, found.code}:
        yield f"The database has the schema {found.schema}, and this code is of {found.code}: deploy once more."
