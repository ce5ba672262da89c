"""The demo tells of the examples through the producers, and of nothing twice."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions.dashboard.pages import PAGES
from infra.local.laptop.demo import Demo
from infra.local.laptop.facts import EXAMPLES, FACTS, NAMES, announced
from infra.local.runtime.host_page import host_page
from infra.local.runtime.http_server import Request
from owlpost.client import NotificationClient
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueRequest, EnqueueResult
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.schedules.digest import Digests
from tests.support.services import digesting, dispatching
from tests.support.unread_queues import unread_queues


@dataclass
class Direct:
    """A Transport without a function in between."""

    dispatch: Dispatch

    def send(self, body: dict[str, Any], *, correlation_id: str) -> EnqueueResult:
        return self.dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())), correlation_id=correlation_id)

    def cancel(self, body: dict[str, Any], *, correlation_id: str) -> None:
        raise NotImplementedError(f"the demo takes nothing back: {body}, {correlation_id}")


@dataclass
class Hourly:
    """What the digest's function does, without the function."""

    digests: Digests

    def __call__(self) -> dict[str, int]:
        return asdict(self.digests.run())


@pytest.fixture
def demo(database: Database) -> Demo:
    dispatch = dispatching(database=database, queues=unread_queues(), now=utc_now)
    demo = Demo(
        database, NotificationClient(Direct(dispatch)), Hourly(digesting(database, dispatch, unread_queues(), utc_now))
    )
    demo.prepare()
    return demo


def example(type_: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EXAMPLES / f"{type_.replace('.', '_')}.json").read_text(encoding="utf-8"))
    return content


def test_everything_is_told_once_though_the_demo_is_started_again(demo: Demo) -> None:
    first = dict(demo.send_examples())
    demo.prepare()
    again = dict(demo.send_examples())
    people = {name: answer.notifications for name, answer in first.items()}
    assert people == {**dict.fromkeys(NAMES, 4), "job_run": 1, "issue_digest": 4, "community_feedback": 2000}
    assert first["issue_digest"].deliveries == {"email": 4}
    assert not any(answer.duplicate for answer in first.values())
    assert all(answer.duplicate for answer in again.values())
    assert {name: answer.request_id for name, answer in again.items()} == {
        name: answer.request_id for name, answer in first.items()
    }


def test_each_link_of_the_demo_leads_somewhere(demo: Demo, database: Database) -> None:
    """To a page of ours, to one that stands in for the product's, or to another site."""
    dict(demo.send_examples())
    with database.transaction() as connection:
        links = set(
            connection.execute(text("select distinct link from notifications where link is not null")).scalars()
        )
    asked = [Request("GET", link, "HTTP/1.1", [], b"", "") for link in links if link.startswith("/")]
    assert len(asked) > 5
    assert [each.target for each in asked if each.target not in PAGES and host_page(each) is None] == []


def test_every_type_with_an_example_is_told_of_and_the_digest_that_is_due_is_that_of_the_examples(
    demo: Demo, database: Database
) -> None:
    dict(demo.send_examples())
    wanted = example("issue.digest")
    with database.transaction() as connection:
        row = connection.execute(
            text("select title, body, link, data from notifications where type = 'issue.digest' limit 1")
        ).one()
        told = set(connection.execute(text("select distinct type from notifications")).scalars())
    assert told == {json.loads(file.read_text())["type"] for file in EXAMPLES.glob("*.json")}
    assert row._asdict() == {field: wanted[field] for field in ("title", "body", "link", "data")}


def test_each_file_of_what_happened_is_told_of() -> None:
    assert {file.stem for file in FACTS.iterdir()} == set(NAMES) == {name for name, _ in announced()}


@pytest.mark.parametrize("request_", [request for _, request in announced()], ids=lambda request: request.type)
def test_what_a_producer_writes_is_the_request_in_the_examples_but_for_its_key(request_: EnqueueRequest) -> None:
    written = request_.model_dump(mode="json", exclude_none=True)
    assert written.pop("idempotency_key")
    written["recipients"].pop("exclude_user_ids", None)
    written.pop("translations", None)  # an example is in one language
    assert written == example(request_.type)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_each_example_is_a_request_that_can_be_sent_as_it_is(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    assert EnqueueRequest.from_json(content).type == content["type"]
    assert "idempotency_key" not in content or file.stem == "community_feedback", "sent by hand it tells each time"
