"""The laptop on fauxqs: a request from its queue to the mailbox, with all that stands beside a message in between."""

import json
import urllib.request
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from infra.local.laptop.given import SQS_EMULATOR, Given
from infra.local.laptop.laptop import Laptop
from infra.local.postgres.postmaster import wait_until
from tests.support.people import add_person

SECONDS = 60  # workers start cold, and mail waits some seconds to fill its batches
TITLE = "An owl: \U0001f989"


def told(laptop: Laptop) -> list[str]:
    """Return the channels by which somebody was told."""
    with urllib.request.urlopen(laptop.providers.mailbox + "/messages.json") as answer:
        return sorted(each["channel"] for each in json.load(answer)["messages"] if TITLE in str(each))


def test_a_request_travels_from_its_queue_to_the_mailbox(tmp_path: Path) -> None:
    with Laptop(tmp_path, given=Given({SQS_EMULATOR: "fauxqs"})) as laptop, closing(laptop.database()) as database:
        with database.transaction() as connection:
            ada = add_person(connection, device=uuid4().hex * 2)
        request = {"type": "feedback.new", "recipients": {"user_ids": [str(ada.id)]}, "title": TITLE, "body": "hoot"}
        laptop.put_request(json.dumps(request, ensure_ascii=False))
        assert wait_until(lambda: told(laptop) == ["email", "mobile_push"], seconds=SECONDS), told(laptop)
        assert laptop.engine.emulator.program.name == "fauxqs"
