"""A limit on the writes of one signed-in person, so that nobody slows down the others."""

from datetime import timedelta
from uuid import UUID

from owlpost.db.people import fair_share
from owlpost.db.session import Database
from owlpost.domain.refusals import TooOften
from owlpost.domain.value import dataclass

#: Far more than a person does by hand, and enough for an app that marks a hundred notifications one by one.
WRITES_A_MINUTE = 300
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FairShare:
    database: Database

    def count_write(self, user_id: UUID) -> None:
        """Count a write, whatever becomes of it. Raises TooOften past WRITES_A_MINUTE."""
        with self.database.single() as connection:
            writes, seconds_left = fair_share.count_write(connection, user_id, window=WINDOW)
        if writes > WRITES_A_MINUTE:
            raise TooOften("Too many changes in a short time. Please wait a moment.", retry_after=seconds_left)
