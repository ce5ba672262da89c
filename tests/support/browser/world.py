"""The running laptop for browser tests: notifications are enqueued, mails arrive, people sign in."""

import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from infra.local.laptop.laptop import Laptop

#: Seconds for one answer: a function that starts cold on a busy machine takes more than the five that are usual.
PATIENCE = 60.0
DEADLINE = 60.0
CODE = re.compile(r"\b(\d{6})\b")


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    email: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class World:
    laptop: Laptop

    @property
    def url(self) -> str:
        return self.laptop.url

    def tell(self, person: Person, title: str, *, kind: str = "questionnaire.response_new", **more: Any) -> str:
        """Notify this person. Return the id of the notification."""
        request = {"type": kind, "recipients": {"user_ids": [str(person.id)]}, "title": title, **more}
        answer = self.laptop.engine.invoke("owlpost-enqueue", request)
        return str(answer["notification_ids"][0])

    def mails_to(self, person: Person) -> list[dict[str, Any]]:
        messages = httpx.get(
            f"{self.laptop.providers.mailbox}/messages.json", params={"limit": 30}, timeout=PATIENCE
        ).json()["messages"]
        return [each for each in messages if each["channel"] == "email" and each["to"] == person.email]

    def posts_to(self, path: str) -> list[dict[str, Any]]:
        """Return what the fake receiver of webhooks took at this path, the newest first."""
        messages = httpx.get(
            f"{self.laptop.providers.mailbox}/messages.json", params={"limit": 30}, timeout=PATIENCE
        ).json()["messages"]
        return [each for each in messages if each["channel"] == "webhook" and each["to"] == path]

    def laptop_fault(self, fault: dict[str, object]) -> None:
        """Have a fake provider misbehave."""
        httpx.post(f"{self.laptop.providers.mailbox}/faults", json=fault, timeout=PATIENCE).raise_for_status()

    def code_for(self, person: Person) -> str:
        """Return the code of the newest mail with a code, as soon as there is one."""
        return self.another_code_for(person, "")

    def another_code_for(self, person: Person, known: str) -> str:
        """Return the code of the newest mail with a code, as soon as it is another than this one."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            for mail in self.mails_to(person):
                if (code := CODE.search(mail["text"] or "")) and code[1] != known:
                    return code[1]
            time.sleep(0.05)
        raise AssertionError(f"no code was mailed to {person.email}")

    def signed_in(self, person: Person, *, device: str = "Owlpost tests") -> Person:
        """Sign in through the API, as any client does."""
        with httpx.Client(base_url=self.url, headers={"user-agent": device}, timeout=PATIENCE) as client:
            client.post("/v1/auth/send-code", json={"email": person.email}).raise_for_status()
            code = self.code_for(person)
            answer = client.post("/v1/auth/verify-code", json={"email": person.email, "code": code})
        return Person(person.id, person.email, answer.raise_for_status().json()["token"])

    def api(self, person: Person) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {person.token}"}, timeout=PATIENCE)
