"""Devices that receive pushes."""

from datetime import datetime
from uuid import UUID

from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Registration:
    """A device as it describes itself; None for what it left out."""

    channel: str
    platform: str
    token: str
    environment: str
    app_version: str | None
    device_model: str | None
    os_version: str | None


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A device as its owner may see it: without the token."""

    id: UUID
    channel: str
    platform: str
    environment: str
    app_version: str | None
    device_model: str | None
    os_version: str | None
    last_seen_at: datetime
    created_at: datetime
