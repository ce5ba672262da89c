"""What the brake says of a request."""

from uuid import UUID

from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What the brake says of a request: see `domain.brake`. `brake_id` is the hold that it is under, None if it may go."""

    brake_id: UUID | None = None
    per_person: int | None = None

    @property
    def values(self) -> dict[str, object]:
        return {"brake_id": self.brake_id, "per_person": self.per_person}
