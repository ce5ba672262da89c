"""Erase what is left of people whose account the host has deleted."""

from datetime import timedelta

from owlpost.db.personal import erasure
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass

#: People of one run; the others wait for tomorrow's.
MOST = 1_000
#: So many may go in a day without a doubt, however few accounts there are.
BELIEVED = 20
#: As long as a provider may still report something about a mail.
HASHES_KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Departed:
    database: Database
    now: Clock

    def erase(self) -> int:
        """Erase people who have rows here and no account; return their number.

        Raises Misconfigured, and erases nobody, if more people are gone than accounts are left: the host's table rather has
        lost them.
        """
        with self.database.transaction() as connection:
            gone = erasure.gone(connection, limit=MOST)
            doubtful = len(gone) > BELIEVED and erasure.is_doubtful(connection, len(gone))
            erasure.forget_hashes(connection, before=self.now() - HASHES_KEPT)
        if doubtful:
            raise Misconfigured(
                f"users: {len(gone)} people or more have no account, and fewer are left: nobody was erased"
            )
        if gone:
            self.database.persist(lambda connection: erasure.erase(connection, erasure.about(connection, gone)))
        return len(gone)
