"""Keeping what became of direct mails, so that an operator can look it up."""

from owlpost.db import direct_mails
from owlpost.db.session import Database
from owlpost.domain.direct_mails import DirectMailOutcome
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.services.suppressed import record_suppressed


@dataclass(frozen=True, slots=True)
class MailRecords:
    database: Database

    def keep(self, outcome: DirectMailOutcome) -> None:
        """Store the outcome in a transaction of its own; an address without a mailbox is suppressed.

        A failure is counted and logged: the mail is out.
        """
        try:
            with self.database.transaction() as connection:
                suppressed = direct_mails.add(connection, [outcome])
            record_suppressed("email", suppressed)
        except Exception:  # noqa: BLE001 (whatever it is, a code that was mailed is valid)
            count("DirectMailNotRecorded")
            logger().exception("direct mail was not recorded", extra={"template": outcome.template})
