"""The sweep's parts."""

from owlpost.domain.direct_mails import DirectMailOutcome
from owlpost.sandbox import once
from owlpost.services.direct_mail import RecognisingMail
from owlpost.services.schedules.death_mails import DeathMails
from owlpost.services.schedules.let_go import LetGo
from owlpost.services.schedules.sweep import Sweep
from owlpost.wiring.base import database, queues
from owlpost.wiring.mail import built_mail
from owlpost.wiring.settings import rebuilt_on_rotation, settings
from owlpost.wiring.wakeup import wakeup


@once
def _outcomes() -> list[DirectMailOutcome]:
    """What became of the mails of this function: it writes them down together with what they are about."""
    return []


@rebuilt_on_rotation
def _mail() -> RecognisingMail:
    return built_mail(_outcomes().append)


@once
def sweep() -> Sweep:
    let_go = LetGo(database(), queues())
    mails = DeathMails(database(), _mail, _outcomes())
    return Sweep(database(), queues(), wakeup(), let_go, always=settings().outbox.swept, tell_owners=mails.run)
