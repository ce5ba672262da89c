"""Enter the texts of large inboxes for search, once a day, in bounded batches: see `owlpost.db.texts`."""

from owlpost.db.schedules import texts
from owlpost.db.session import Database
from owlpost.db.texts import LEFT_OUT
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """`rows` and `people` bound a batch, `rounds` the batches of one list in a run: the next run goes on where this one ended.

    Who undoes something, or wakes what they snoozed, waits while a batch is entered.
    """

    database: Database
    rows: int = 2_000
    people: int = 2_000
    rounds: int = 100
    left_out: int = LEFT_OUT

    def enter(self) -> int:
        """Return how many rows were entered."""
        return sum(self._enter(name) for name in texts.LISTS)

    def _enter(self, name: str) -> int:
        total = 0
        for _ in range(self.rounds):
            with self.database.transaction() as connection:
                batch = texts.enter(connection, name, rows=self.rows, people=self.people, left_out=self.left_out)
            total += batch.rows
            if batch.is_last:
                break
        return total
