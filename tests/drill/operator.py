"""An operator at a running laptop: what they see of it, and what they do about it, by the command line alone."""

import io
import json
import urllib.request
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from infra.cli.main import main
from infra.cli.target import laptop_client
from infra.local.laptop.laptop import Laptop
from infra.local.postgres.postmaster import wait_until
from infra.topology.model import physical_name
from owlpost.client import LambdaTransport
from owlpost.db.session import Database
from tests.support.people import Person, add_person

#: Seconds until a thing must have happened: workers start cold, and the machine may be busy.
PATIENCE = 120
#: Of an incident, besides `now`.
MOST_COMMANDS = 2
#: What grows old when time passes.
AGING = {
    "notification_deliveries": (
        "created_at",
        "attempted_at",
        "queued_at",
        "next_attempt_at",
        "leased_until",
        "batched_at",
        "redriven_at",
        "allowed_at",
    ),
    "notification_requests": ("created_at",),
    "provider_pauses": ("opened_at", "probe_at"),
    "email_suppressions": ("created_at",),
    "holds": ("created_at", "until"),
}


@dataclass
class Operator:
    laptop: Laptop
    database: Database
    #: Templates of a release: see `bad_release`.
    templates: Path
    commands: list[tuple[str, ...]] = field(default_factory=list)

    # What they see.

    def look(self) -> tuple[int, list[str]]:
        """Return the exit code of `owlpost now`, and the lines that say what somebody has to do."""
        code, printed = self._owlpost("now")
        return code, [line for line in printed.splitlines() if line.startswith("! ")]

    def shows(self) -> str:
        """Return all that `owlpost now` prints."""
        return self._owlpost("now")[1]

    def sees(self, words: str) -> str:
        """Return the line of `owlpost now` that holds the words, once there is one."""
        found: list[str] = []

        def seen() -> bool:
            found[:] = [line for line in self.look()[1] if words in line]
            return bool(found)

        assert wait_until(seen, seconds=PATIENCE), f"now says {self.look()[1]}, and nothing of {words!r}"
        return found[0]

    def acts(self, *words: object) -> str:
        """Carry out one command and return what it prints."""
        self.commands.append(tuple(map(str, words)))
        assert len(self.commands) <= MOST_COMMANDS, self.commands
        code, printed = self._owlpost(*words)
        assert code == 0, printed
        return printed

    def is_well(self) -> None:
        """Wait until nothing is pending and `owlpost now` has nothing to say."""
        assert wait_until(lambda: not self.count("status = 'pending'"), seconds=PATIENCE), self._owlpost("now")[1]
        assert wait_until(lambda: self.look() == (0, []), seconds=PATIENCE), self.look()

    def _owlpost(self, *words: object) -> tuple[int, str]:
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = main([*map(str, words), "--data-dir", str(self.laptop.data_dir)])
        return code, said.getvalue()

    # What happens.

    def people(self, number: int, *, devices: bool = False) -> list[Person]:
        with self.database.transaction() as connection:
            return [add_person(connection, device=uuid4().hex * 2 if devices else None) for _ in range(number)]

    def told(self, people: list[Person], **changes: object) -> UUID:
        """Tell these people something, and return the request's id."""
        body = {
            "type": "issue.digest",
            "recipients": {"user_ids": [str(each.id) for each in people]},
            "title": "Three issues in Pocket Atlas",
            **changes,
        }
        answer = LambdaTransport(laptop_client(self.laptop.state()), physical_name("enqueue")).send(
            body, correlation_id="drill"
        )
        assert answer.request_id
        return answer.request_id

    def fault(self, **fault: object) -> None:
        self._ask_providers("POST", "/faults", fault)

    def mend_providers(self) -> None:
        self._ask_providers("DELETE", "/faults")

    def mail_event(self, event: str, address: str) -> None:
        """The provider reports what became of the newest mail to the address."""
        self._ask_providers("POST", "/webhooks", {"event": event, "to": address})

    def accepted_mails(self) -> int:
        """How many mails the provider took, ever."""
        number: int = self._ask_providers("GET", "/ledger.json")["accepted"]["email"]
        return number

    def duplicates(self) -> int:
        number: int = self._ask_providers("GET", "/ledger.json")["duplicates"]["email"]
        return number

    def _ask_providers(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        url = self.laptop.providers.mailbox + path
        with urllib.request.urlopen(urllib.request.Request(url, content, method=method), timeout=30) as answer:
            return json.load(answer)

    def is_quiet(self, queue: str) -> bool:
        """Return whether the queue holds no message, and no worker has one."""
        waiting = "ApproximateNumberOfMessages"
        asked = self._sqs().get_queue_attributes(
            QueueUrl=self._url(queue), AttributeNames=[waiting, f"{waiting}NotVisible", f"{waiting}Delayed"]
        )
        return not any(map(int, asked["Attributes"].values()))

    def _sqs(self) -> Any:
        return self.laptop.engine.emulator.client()

    def _url(self, queue: str) -> str:
        return self.laptop.engine.queue_urls[queue]

    def put_on_queue(self, queue: str, bodies: list[str]) -> None:
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
            self._sqs().send_message_batch(QueueUrl=self._url(queue), Entries=entries)

    def time_passes(self, interval: str, *, sweep: bool = True) -> None:
        """Make everything as much older, then have the schedule's sweep run, unless that is what is broken."""
        self.database.persist(lambda connection: _grow_older(connection, interval))
        if sweep:
            self.sweep()

    def sweep(self) -> None:
        """What EventBridge does every five minutes."""
        self.laptop.engine.invoke(physical_name("sweep"), {"grace_seconds": 0})

    def count(self, condition: str) -> int:
        with self.database.transaction() as connection:
            found = connection.execute(text(f"select count(*) from notification_deliveries where {condition}"))
            return int(found.scalar_one())

    def until(self, condition: Callable[[], bool]) -> None:
        assert wait_until(condition, seconds=PATIENCE), self._owlpost("now")[1]


def _grow_older(connection: Connection, interval: str) -> None:
    """Workers lock the same rows meanwhile in an order of their own."""
    for table, columns in AGING.items():
        older = ", ".join(f"{each} = {each} - cast(:interval as interval)" for each in columns)
        connection.execute(text(f"update {table} set {older}"), {"interval": interval})
