"""Mail the owner of a destination that has died, once for each death.

The mail is due in the row of the destination itself, written with the death, so none is lost with whoever wrote it. A mail is
begun before it is sent: what was begun and not written down goes out again only if the provider recognises the repeat.
"""

from collections.abc import Callable
from datetime import timedelta

from owlpost import words
from owlpost.db.schedules import death_mails
from owlpost.db.schedules.death_mails import Death
from owlpost.db.session import Database
from owlpost.domain import explanations, labels
from owlpost.domain.direct_mails import DirectMailOutcome
from owlpost.domain.errors import InvalidRequest, OwlpostError
from owlpost.domain.reasons import Reason
from owlpost.domain.refusals import OutcomeUnknown
from owlpost.domain.text import name_in_mail
from owlpost.domain.value import dataclass
from owlpost.observability import logger
from owlpost.services.direct_mail import RecognisingMail
from owlpost.services.suppressed import record_suppressed

TEMPLATE = "destination_dead"
#: Where people see what they have connected, and the rooms of their teams.
PLACE = "/dashboard/profile/destinations"
#: Mails of one run; the next one goes on.
MOST = 20
#: Longer than a mail takes: whoever holds it after that is dead.
LEASE = timedelta(minutes=5)
PAUSE = timedelta(minutes=10)
#: Providers remember a key for 24 hours, and news of a death does not keep for longer.
TRIED_FOR = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class DeathMails:
    """`mail` returns what mails; it adds to `outcomes` what became of each."""

    database: Database
    mail: Callable[[], RecognisingMail]
    outcomes: list[DirectMailOutcome]

    def run(self) -> int:
        """Send what is due, until mail is down. Return how many deaths were dealt with."""
        for done in range(MOST):
            with self.database.transaction() as connection:
                death = death_mails.take(connection, lease=LEASE)
            if death is None or not self._tell(death):
                return done
        return MOST

    def _tell(self, death: Death) -> bool:
        """Mail the owner, or end it without a mail. Return False if mail is down."""
        if death.address is None:
            self._end(death, [])
        elif reason := _obstacle(death):
            self._end(death, [DirectMailOutcome(TEMPLATE, death.address, "skipped", reason)])
        else:
            return self._send(death, death.address)
        return True

    def _send(self, death: Death, address: str) -> bool:
        self.outcomes.clear()
        try:
            mail = self.mail()
            if death.begun_at is not None and (not mail.recognises_repeats or death.now - death.begun_at > TRIED_FOR):
                self.outcomes.append(DirectMailOutcome(TEMPLATE, address, "failed", Reason.OUTCOME_UNKNOWN))
            else:
                mail.send(address, TEMPLATE, _values(death), link=PLACE, key=_key(death), locale=death.locale)
        except InvalidRequest:
            pass  # refused for good, as the outcome says
        except OutcomeUnknown:
            if mail.recognises_repeats:
                return self._put_off(death, in_doubt=True)
        except OwlpostError as error:
            if death.now - death.dead_at <= TRIED_FOR:
                logger().warning("a death was not mailed", extra={"error": type(error).__name__})
                return self._put_off(death, in_doubt=death.begun_at is not None)
        self._end(death, self.outcomes)
        return True

    def _end(self, death: Death, outcomes: list[DirectMailOutcome]) -> None:
        with self.database.transaction() as connection:
            suppressed = death_mails.end(connection, death, outcomes)
        record_suppressed("email", suppressed)

    def _put_off(self, death: Death, *, in_doubt: bool) -> bool:
        with self.database.transaction() as connection:
            death_mails.put_off(connection, death, PAUSE, in_doubt=in_doubt)
        return False


def _obstacle(death: Death) -> Reason | None:
    if not death.is_theirs:
        return Reason.LEFT_TEAM
    return Reason.SUPPRESSED if death.suppressed else None


def _key(death: Death) -> str:
    return f"{TEMPLATE}:{death.id}:{death.dead_at.isoformat()}"


def _values(death: Death) -> dict[str, object]:
    reason = death.last_error or Reason.NO_ANSWER
    return {
        "destination": name_in_mail(death.label) or labels.of_channel(death.channel, words.of(death.locale)),
        "channel": labels.of_channel(death.channel, words.of(death.locale)),
        "team": name_in_mail(death.team) if death.team is not None else None,
        "reason": reason,
        "said": explanations.explain(reason).meaning,
        "since": death.failing_since or death.dead_at,
    }
