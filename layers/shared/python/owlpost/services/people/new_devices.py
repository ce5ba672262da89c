"""Decide whether a sign-in comes from a device that is new to the account, so that its person gets a mail."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from owlpost.db.people import sessions
from owlpost.domain.people import Visit
from owlpost.domain.sources import device_name, source_of
from owlpost.domain.value import dataclass
from owlpost.keyed_hashes import CodeHashes, token_hash

#: Mails about one user agent: an app that keeps no cookies, on a phone that changes its network, is one device.
MAILED_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewDevices:
    """A device is known by the cookie of its browser, or by its user agent together with its source."""

    hashes: CodeHashes

    def remember(self, connection: Connection, user_id: UUID, visit: Visit, *, now: datetime) -> bool:
        """Remember the device of a sign-in. Return True if it is new, and no mail told of its user agent for a day."""
        agent, source = device_name(visit.device), source_of(visit.ip)
        marks = [self.hashes.hash_device(agent, source)]
        if visit.browser:
            marks.append(token_hash(visit.browser))
        is_new = [sessions.add_known_browser(connection, user_id, mark, now=now) for mark in marks]
        if not all(is_new):
            return False
        mailed = self.hashes.hash_device(agent, "mailed")
        return sessions.mark_again(connection, user_id, mailed, before=now - MAILED_EVERY, now=now)
