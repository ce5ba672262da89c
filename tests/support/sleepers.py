"""People with quiet hours, who are notified of several things while they sleep."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from owlpost.domain.idempotency import Key
from tests.support.people import Person, add_person
from tests.support.services import dispatching
from tests.support.stage import Stage


@dataclass
class Sleepers:
    """People with quiet hours that end in ten minutes."""

    stage: Stage

    def one(self) -> Person:
        now = self.stage.clock()
        hours = {
            "start": (now - timedelta(hours=2)).strftime("%H:%M"),
            "end": (now + timedelta(minutes=10)).strftime("%H:%M"),
        }
        quiet = {"quiet_hours": {**hours, "time_zone": "UTC"}}
        with self.stage.database.transaction() as connection:
            return add_person(connection, device=f"token-{uuid4()}", preferences={"notifications": quiet})

    def tell(self, *people: Person, channel: str, times: int = 1, **more: Any) -> list[UUID]:
        """Notify them so many times. Return the deliveries on the channel, in the order of the times."""
        return [
            each for number in range(times) for each in self._tell(people, channel, {"title": f"News {number}"} | more)
        ]

    def _tell(self, people: tuple[Person, ...], channel: str, more: dict[str, Any]) -> list[UUID]:
        body = {"type": "feedback.new", "recipients": {"user_ids": [str(each.id) for each in people]}} | more
        dispatch = dispatching(self.stage.database, self.stage.queues, self.stage.clock)
        answer = dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
        return self.stage._pending(answer.request_id, channel)

    def wake(self) -> None:
        self.stage.clock.advance(minutes=11)

    def statuses(self, ids: list[UUID]) -> list[str]:
        return [self.stage.row(each)["status"] for each in ids]
