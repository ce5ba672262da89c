"""Each operator command and the service that answers it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

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
from owlpost.services.audit import Audit
from owlpost.services.dead_letters import DeadLetterQueues
from owlpost.services.delivery_log import DeliveryLog
from owlpost.services.explain import Explain
from owlpost.services.redrive import Redrive
from owlpost.services.suppressions import Suppressions

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Operations:
    log: DeliveryLog
    explain: Explain
    redrive: Redrive
    dead_letters: DeadLetterQueues
    audit: Audit
    suppressions: Suppressions

    def run(self, command: Command) -> object:
        """The service's own answer: dataclasses and models of plain values."""
        answers = {
            ListDeliveries: self.log.newest,
            ExplainPerson: self.explain.person,
            ExplainDelivery: self.explain.delivery,
            RedriveDeliveries: self.redrive.run,
            RedriveRequests: self.dead_letters.resubmit_requests,
            ListDeadLetters: self.dead_letters.list,
            CheckBalance: self.audit.check,
            ListSuppressions: self.suppressions.list,
            ReleaseAddress: self.suppressions.release,
        }
        answer = cast("Callable[[Command], object]", answers[type(command)])
        return answer(command)
