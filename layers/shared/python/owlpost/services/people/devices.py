"""The phones of one person, which receive pushes."""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from owlpost.db.people import devices, security_events
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.devices import RegisteredDevice, Registration
from owlpost.domain.errors import InvalidRequest, NotFound
from owlpost.domain.text import one_line
from owlpost.domain.value import dataclass
from owlpost.services.direct_mail import DirectMail
from owlpost.services.people.warnings import SecurityMail

#: Devices of one person. One more replaces the one that was seen longest ago.
MOST_DEVICES = 50
CHANNELS = frozenset({"mobile_push"})
PLATFORMS = frozenset({"ios", "android"})
#: An entry of the unique index on tokens holds 2,704 bytes. Apple's tokens have at most 200 characters, Google's some 250.
LONGEST_TOKEN = 2_048
TOKEN = re.compile(rf"[A-Za-z0-9:_.-]{{1,{LONGEST_TOKEN}}}")
#: Longest metadata in characters. Longer texts are cut, because only people read them and the device has to register.
LONGEST = {"app_version": 50, "device_model": 100, "os_version": 50}


@dataclass(frozen=True, slots=True)
class Devices:
    database: Database
    mail: Callable[[], DirectMail]
    now: Clock

    def register(
        self, user_id: UUID, stated: Mapping[str, str | None], *, source_hash: str | None = None
    ) -> RegisteredDevice:
        """Register, refresh or take over a device. Raises InvalidRequest naming the field at fault.

        The former owner of a device that is taken over is warned by mail.
        """
        registration, now = _registration(stated), self.now()
        with self.database.transaction() as connection:
            device, former_owner = devices.register(connection, user_id, registration, most=MOST_DEVICES, now=now)
            if former_owner:
                security_events.record(connection, "device_moved", actor=user_id, source_hash=source_hash, now=now)
        if former_owner:
            address, locale = former_owner
            SecurityMail(self.mail).device_moved(address, at=now, locale=locale)
        return device

    def all_of(self, user_id: UUID) -> list[RegisteredDevice]:
        with self.database.transaction() as connection:
            return devices.all_of(connection, user_id)

    def remove(self, user_id: UUID, id_: UUID) -> None:
        with self.database.transaction() as connection:
            if not devices.delete(connection, user_id, id_):
                raise NotFound("There is no such device.")


def _registration(stated: Mapping[str, str | None]) -> Registration:
    channel, platform = _one_of(stated, "channel", CHANNELS), _one_of(stated, "platform", PLATFORMS)
    token = stated.get("token") or ""
    if not TOKEN.fullmatch(token):
        raise InvalidRequest(
            "token", f"must be 1 to {LONGEST_TOKEN:,} letters, digits, colons, underscores, dots or hyphens"
        )
    return Registration(
        channel=channel,
        platform=platform,
        # Apple's tokens are hexadecimal. Apps send them in upper or lower case, and both mean the same device.
        token=token.lower() if platform == "ios" else token,
        environment="sandbox" if stated.get("environment") == "sandbox" else "production",
        app_version=_cut(stated, "app_version"),
        device_model=_cut(stated, "device_model"),
        os_version=_cut(stated, "os_version"),
    )


def _one_of(stated: Mapping[str, str | None], field: str, known: frozenset[str]) -> str:
    value = stated.get(field)
    if value not in known:
        raise InvalidRequest(field, f"must be {' or '.join(sorted(known))}")
    return value


def _cut(stated: Mapping[str, str | None], field: str) -> str | None:
    return one_line(stated.get(field) or "")[: LONGEST[field]] or None
