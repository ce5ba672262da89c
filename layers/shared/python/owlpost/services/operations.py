"""Each operator command and the service that answers it."""

from dataclasses import dataclass

from owlpost.domain.commands import (
    CheckBalance,
    Command,
    ExplainDelivery,
    ExplainPerson,
    ListDeadLetters,
    ListDeliveries,
    RedriveDeliveries,
    RedriveRequests,
)
from owlpost.services.audit import Audit
from owlpost.services.dead_letters import DeadLetterQueues
from owlpost.services.delivery_log import DeliveryLog
from owlpost.services.explain import Explain
from owlpost.services.redrive import Redrive


@dataclass(frozen=True, slots=True)
class Operations:
    log: DeliveryLog
    explain: Explain
    redrive: Redrive
    dead_letters: DeadLetterQueues
    audit: Audit

    def run(self, command: Command) -> object:
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
