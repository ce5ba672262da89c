"""The canary's parts."""

from owlpost.db.canary import CanaryDevice
from owlpost.domain.canary import NO_ADDRESS
from owlpost.sandbox import once
from owlpost.services.schedules.canary import Canary, CanaryPlan
from owlpost.wiring.base import database
from owlpost.wiring.enqueue import dispatch
from owlpost.wiring.settings import settings


@once
def canary() -> Canary:
    wanted = settings().canary
    token = wanted.push_token
    device = CanaryDevice(token, wanted.push_platform, wanted.push_environment) if token else None
    plan = CanaryPlan(wanted.channels, wanted.rules, wanted.email or NO_ADDRESS, device)
    return Canary(dispatch(), plan, database().now)
