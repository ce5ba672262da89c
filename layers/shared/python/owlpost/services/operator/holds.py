"""Stop notifications, and let them go again."""

from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.operator import holds
from owlpost.db.operator.holds import OpenHold
from owlpost.db.session import Database
from owlpost.domain.errors import NotFound
from owlpost.domain.security import OPERATOR
from owlpost.domain.stop_commands import Hold, LetGo
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.services.operator.known_names import require_names
from owlpost.services.schedules import let_go
from owlpost.services.wakeup import Wakeup


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """`pending` counts by channel what the hold will stop at its next attempt. `hold` is None on a dry run."""

    hold: OpenHold | None
    pending: dict[str, int]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class LetGone:
    """`let_go` and `discarded` count deliveries by channel; on a dry run, what would be."""

    hold: OpenHold
    let_go: dict[str, int]
    discarded: dict[str, int]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Holds:
    database: Database
    let_go: let_go.LetGo
    wakeup: Wakeup

    def place(self, command: Hold) -> HoldPlaced:
        """Place a hold: from now on, no attempt of a matching delivery begins. Raises NotFound for an unknown name."""
        require_names(command)
        values = command.model_dump(include={"channel", "type", "producer", "team_id", "request_id", "reason", "until"})
        self.wakeup.arm()  # a hold that ends by itself leaves work
        with self.database.transaction() as connection:
            pending = holds.count_matching(connection, values)
            if command.dry_run:
                return HoldPlaced(None, pending, dry_run=True)
            hold_id = holds.add(connection, {**values, "by": command.operator or OPERATOR})
            (hold,) = holds.listed(connection, hold_id)
        logger().warning("hold placed", extra={"hold": str(hold_id), "reason": command.reason})
        return HoldPlaced(hold, pending, dry_run=False)

    def list(self) -> list[OpenHold]:
        """Return the open holds, the oldest first."""
        with self.database.transaction() as connection:
            return holds.listed(connection)

    def end(self, command: LetGo) -> LetGone:
        """End a hold and let its deliveries go, or discard them. Raises NotFound for a hold that is not open."""
        self.wakeup.arm()
        with self.database.transaction() as connection:
            hold = _one(connection, command.hold_id)
            if command.dry_run:
                going = ({}, hold.pending) if command.discard else (hold.held, {})
                return LetGone(hold, *going, dry_run=True)
            holds.end(connection, hold.id, by=command.operator or OPERATOR)
            discarded = holds.discard(connection, hold.id) if command.discard else {}
        gone = {} if command.discard else self.let_go.run(rate=command.rate)
        self.wakeup.arm()
        logger().warning("hold ended", extra={"hold": str(hold.id), "let_go": gone, "discarded": discarded})
        return LetGone(hold, gone, discarded, dry_run=False)


def _one(connection: Connection, hold_id: UUID) -> OpenHold:
    found = holds.listed(connection, hold_id)
    if not found:
        raise NotFound(f"no open hold has the id {hold_id}; owlpost holds lists them")
    return found[0]
