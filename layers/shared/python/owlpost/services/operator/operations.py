"""Each operator command and the service that answers it."""

from dataclasses import dataclass

from owlpost.domain.commands import (
    CheckBalance,
    Command,
    ExplainDelivery,
    ExplainPerson,
    ListDeadLetters,
    ListDeliveries,
    ListSuppressions,
    RedriveDeliveries,
    RedriveRequests,
    ReleaseAddress,
)
from owlpost.services.operator.audit import Audit
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues
from owlpost.services.operator.delivery_log import DeliveryLog
from owlpost.services.operator.explain import Explain
from owlpost.services.operator.redrive import Redrive
from owlpost.services.operator.suppressions import Suppressions


@dataclass(frozen=True, slots=True)
class Operations:
    log: DeliveryLog
    explain: Explain
    redrive: Redrive
    dead_letters: DeadLetterQueues
    audit: Audit
    suppressions: Suppressions

    def run(self, command: Command) -> object:  # noqa: C901 (one case a command, and mypy finds the one that is missing)
        """The service's own answer: dataclasses and models of plain values."""
        match command:
            case ListDeliveries():
                return self.log.newest(command)
            case ExplainPerson():
                return self.explain.person(command)
            case ExplainDelivery():
                return self.explain.delivery(command)
            case RedriveDeliveries():
                return self.redrive.run(command)
            case RedriveRequests():
                return self.dead_letters.resubmit_requests(command)
            case ListDeadLetters():
                return self.dead_letters.list(command)
            case CheckBalance():
                return self.audit.check(command)
            case ListSuppressions():
                return self.suppressions.list(command)
            case ReleaseAddress():
                return self.suppressions.release(command)
