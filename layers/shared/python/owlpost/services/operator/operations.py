"""Map each operator command to its service."""

from owlpost.db.outage import is_outage
from owlpost.domain.commands import (
    CheckBalance,
    CheckInstallation,
    Command,
    DiscardDeadLetters,
    ExplainDelivery,
    ListDeadLetters,
    ListDeliveries,
    ListRequests,
    ListSecurityEvents,
    LookNow,
    RedriveDeliveries,
    RedriveRequests,
    SaveDeadLetters,
    ShowDeadLetter,
    ShowRates,
    ShowTop,
)
from owlpost.domain.destination_commands import ExplainRooms, ListDestinations, ReviveDestination
from owlpost.domain.hand_commands import EditDeadLetter, EstimateRequest, HurryPending
from owlpost.domain.journal import ListActs
from owlpost.domain.person_commands import (
    ErasePerson,
    ExplainPerson,
    ExportPerson,
    FindPeople,
    ListDevices,
    ListSuppressions,
    ReleaseAddress,
    ShowPerson,
)
from owlpost.domain.refusals import Unavailable
from owlpost.domain.stop_commands import Hold, LetGo, ListHolds, Recall
from owlpost.domain.value import dataclass
from owlpost.services.operator.audit import Audit
from owlpost.services.operator.checkup import Checkup
from owlpost.services.operator.connected import Connected
from owlpost.services.operator.dead_letter_edits import DeadLetterEdits
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues
from owlpost.services.operator.dead_requests import DeadRequests
from owlpost.services.operator.delivery_log import DeliveryLog
from owlpost.services.operator.estimate import Estimate
from owlpost.services.operator.explain import Explain
from owlpost.services.operator.holds import Holds
from owlpost.services.operator.hurry import Hurry
from owlpost.services.operator.journal import Journal
from owlpost.services.operator.overview import Now
from owlpost.services.operator.people import People
from owlpost.services.operator.person import Persons
from owlpost.services.operator.personal_data import PersonalData
from owlpost.services.operator.recall import RecallByOperator
from owlpost.services.operator.redrive import Redrive
from owlpost.services.operator.requests import Requests
from owlpost.services.operator.security import SecurityTrail
from owlpost.services.operator.suppressions import Suppressions

DATABASE_AWAY = "the database does not answer; try again in a minute"
#: Seconds: a database that was paused needs about this long to wake up.
RETRY_AFTER = 15


@dataclass(frozen=True, slots=True)
class Operations:
    log: DeliveryLog
    explain: Explain
    now: Now
    requests: Requests
    people: People
    connected: Connected
    redrive: Redrive
    dead_letters: DeadLetterQueues
    dead_requests: DeadRequests
    audit: Audit
    checkup: Checkup
    suppressions: Suppressions
    security: SecurityTrail
    journal: Journal
    hurry: Hurry
    dead_letter_edits: DeadLetterEdits
    estimate: Estimate
    holds: Holds
    recall: RecallByOperator
    persons: Persons
    personal_data: PersonalData

    def run(self, command: Command) -> object:
        """Return the result of the command: dataclasses and models of plain values.

        Raises Unavailable while the database is away.
        """
        try:
            return self.journal.keep(command, lambda: self._run(command))
        except Exception as error:
            if not is_outage(error):
                raise
            raise Unavailable(DATABASE_AWAY, retry_after=RETRY_AFTER) from error

    def _run(self, command: Command) -> object:  # noqa: C901 (one case a command, and mypy finds the one that is missing)
        match command:
            case ListDeliveries():
                return self.log.newest(command)
            case ExplainPerson():
                return self.explain.person(command)
            case ExplainRooms():
                return self.explain.rooms(command)
            case ExplainDelivery():
                return self.explain.delivery(command)
            case LookNow():
                return self.now.look()
            case CheckInstallation():
                return self.checkup.findings()
            case ShowRates():
                return self.now.rates()
            case ListRequests():
                return self.requests.newest(command)
            case ShowTop():
                return self.requests.top(command)
            case ListDevices():
                return self.people.devices(command)
            case ListDestinations():
                return self.connected.list(command)
            case ReviveDestination():
                return self.connected.revive(command)
            case FindPeople():
                return self.people.find(command)
            case RedriveDeliveries():
                return self.redrive.run(command)
            case RedriveRequests():
                return self.dead_requests.resubmit(command)
            case ListDeadLetters():
                return self.dead_letters.page(command)
            case ShowDeadLetter():
                return self.dead_letters.show(command)
            case SaveDeadLetters():
                return self.dead_letters.save(command)
            case DiscardDeadLetters():
                return self.dead_letters.discard(command)
            case CheckBalance():
                return self.audit.check(command)
            case ListSuppressions():
                return self.suppressions.list(command)
            case ReleaseAddress():
                return self.suppressions.release(command)
            case ListSecurityEvents():
                return self.security.newest(command)
            case HurryPending():
                return self.hurry.run(command)
            case EditDeadLetter():
                return self.dead_letter_edits.resubmit(command)
            case EstimateRequest():
                return self.estimate.of(command)
            case ListActs():
                return self.journal.newest(command)
            case ShowPerson():
                return self.persons.show(command)
            case ExportPerson():
                return self.personal_data.export(command)
            case ErasePerson():
                return self.personal_data.erase(command)
            case Hold():
                return self.holds.place(command)
            case ListHolds():
                return self.holds.list()
            case LetGo():
                return self.holds.end(command)
            case Recall():
                return self.recall.run(command)
