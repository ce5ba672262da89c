"""A person as delivery sees them: preferences, address, whether mail to it is suppressed, and devices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.domain.commands import User

FIND_RECIPIENT = text("""
    select u.id, u.name, u.email, u.preferences, s.reason as suppressed_for, s.created_at as suppressed_at,
           (select coalesce(jsonb_object_agg(platform, number), '{}') from (
              select v.platform, count(*) as number from user_devices v where v.user_id = u.id group by v.platform
           ) device) as devices
    from users u
    left join email_suppressions s on s.address = lower(u.email)
    where u.id = cast(:id as uuid) or lower(u.email) = :email
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`devices` are numbers by platform."""

    id: UUID
    name: str
    email: str | None
    preferences: Any
    suppressed_for: str | None
    suppressed_at: datetime | None
    devices: dict[str, int]


def find(connection: Connection, user: User) -> Person | None:
    """The person with this id or this e-mail address, however it is capitalised."""
    by = {"id": user, "email": None} if isinstance(user, UUID) else {"id": None, "email": user.strip().lower()}
    row = connection.execute(FIND_RECIPIENT, by).mappings().one_or_none()
    return Person(**row) if row else None
