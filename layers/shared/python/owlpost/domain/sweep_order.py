"""What a call of the sweep asks for: the schedule's own run, or an operator's."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from owlpost.domain.invalid import invalid_request

#: Longer than any message waits when all is well. A repeated message would do no harm, as rows are claimed.
GRACE = timedelta(minutes=15)
#: No delivery is pending for longer.
LONGEST_GRACE = timedelta(days=7)


class SweepOrder(BaseModel):
    """`grace_seconds` is how long a delivery may be pending before it counts as stuck.

    A scheduled run has `schedule` and `time`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    grace_seconds: Annotated[float, Field(ge=0, le=LONGEST_GRACE.total_seconds(), allow_inf_nan=False, strict=True)] = (
        GRACE.total_seconds()
    )
    schedule: str | None = None
    time: str | None = None

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)


def parse(event: object) -> SweepOrder:
    """Return the order in an event. Raises InvalidRequest naming the field at fault."""
    try:
        return SweepOrder.model_validate(event)
    except ValidationError as error:
        raise invalid_request(error, whole="event") from None
