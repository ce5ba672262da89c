"""The brake, as the settings have it."""

from owlpost.domain.brake import Brake
from owlpost.sandbox import once
from owlpost.wiring.settings import settings


@once
def brake() -> Brake:
    limits = settings().brake
    return Brake(per_producer=limits.per_producer, per_person=limits.per_person)
