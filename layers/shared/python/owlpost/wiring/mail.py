"""Mail of the functions' own, beside the e-mail channel: codes, invitations, alerts."""

from importlib import import_module
from typing import cast

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.clock import utc_now
from owlpost.domain.direct_mails import Record, unrecorded
from owlpost.services.direct_mail import DirectMail, RecognisingMail
from owlpost.services.guest_mail import MailToGuests
from owlpost.services.people.warnings import SecurityMail
from owlpost.services.schedules.alerts import Alerts
from owlpost.wiring.settings import rebuilt_on_rotation, settings


@rebuilt_on_rotation
def direct_mail() -> DirectMail:
    """The mail of a function that may have no database to record it in."""
    return built_mail(unrecorded)


def built_mail(record: Record) -> RecognisingMail:
    """Imported at first use, as few invocations mail anything and all would wait for the templates' engine."""
    section = settings().beginning_with(NOTIFICATION_CHANNELS["email"].settings)
    mail = cast("RecognisingMail", import_module("owlpost.channels.email.direct").build(section, record))
    guests = settings().guests.list
    return MailToGuests(mail, guests, record) if guests else mail


@rebuilt_on_rotation
def alerts() -> Alerts:
    return Alerts(mail=direct_mail, to=settings().system_jobs.alert_email, now=utc_now)


def security_mail() -> SecurityMail:
    return SecurityMail(direct_mail)
