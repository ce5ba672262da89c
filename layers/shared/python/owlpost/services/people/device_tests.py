"""Tests that a person sends to their phones, on the way of every push."""

from uuid import UUID, uuid4

from owlpost.db.people import device_tests
from owlpost.db.people.device_tests import DeviceTest
from owlpost.db.session import Database
from owlpost.domain.destinations import MOST_TESTS_A_DAY, TEST_EVERY
from owlpost.domain.errors import NotFound
from owlpost.domain.refusals import TooOften
from owlpost.domain.value import dataclass
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.words import Words, english

CHANNEL = "mobile_push"


@dataclass(frozen=True, slots=True)
class DeviceTests:
    database: Database
    queues: Queues

    def last(self, user_id: UUID) -> DeviceTest | None:
        """Return how the last test ended, or that it is on its way; None if there was none."""
        with self.database.transaction() as connection:
            return device_tests.last(connection, user_id, CHANNEL)

    def send(self, user_id: UUID, words: Words | None = None) -> UUID:
        """Send a test to all phones of the person. Return the delivery's id. Raises NotFound without one, or TooOften."""
        words = words or english()
        title, body = words("test.title"), words("test.phone")
        with self.database.transaction() as connection:
            delivery_id = device_tests.add(connection, user_id, CHANNEL, request_id=uuid4(), title=title, body=body)
            if delivery_id is None and not device_tests.has_device(connection, user_id, CHANNEL):
                raise NotFound("There is no phone: sign in to the app on one, and allow it to notify you.")
        if delivery_id is None:
            seconds = int(TEST_EVERY.total_seconds())
            raise TooOften(
                f"Please wait a moment: there is one test in {seconds} seconds, and {MOST_TESTS_A_DAY} a day.",
                retry_after=seconds,
            )
        self.queues.send(CHANNEL, [Message(str(delivery_id))])
        return delivery_id
