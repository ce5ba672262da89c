"""Ask a channel's adapter whether its providers take our keys, and to tell them where their events go."""

from collections.abc import Callable, Sequence
from datetime import datetime

from owlpost.channels.adapter import Announcing, KeyChecker
from owlpost.domain.errors import Misconfigured
from owlpost.domain.findings import Finding, note, unknown, wrong
from owlpost.domain.value import dataclass

REMEDY = "Put that variable right, in the secret or in `environment`; docs/environment.md says what each means."


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """`label` is the channel's; `build` makes its adapter from the settings."""

    label: str
    build: Callable[[], object]

    def findings(self, *, deadline: datetime) -> Sequence[Finding]:
        """Return what the providers say. A setting that makes no sense is a finding itself."""
        try:
            adapter = self.build()
        except Misconfigured as error:
            return [wrong(self.label, str(error), REMEDY)]
        if isinstance(adapter, KeyChecker):
            return adapter.check_keys(deadline=deadline)
        return [unknown(self.label, "its adapter has no check of keys", "Send yourself a notification over it.")]

    def announced(self, *, deadline: datetime) -> Sequence[Finding]:
        """Have the provider send its events to us. Return what came of it."""
        try:
            adapter = self.build()
        except Misconfigured as error:
            return [wrong(self.label, str(error), REMEDY)]
        if isinstance(adapter, Announcing):
            return adapter.announce(deadline=deadline)
        return [note(self.label, "sends no events that would have to be asked for", "Nothing is to be done.")]
