"""The synthesized stack, deployed to the emulator and used: what a template does not show fails here, not in the account."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from infra.aws.bundles import LAMBDA, build_dependencies
from infra.local.postgres.postmaster import wait_until
from infra.stack.deployment import DeploymentFailed
from infra.stack.running import APP_ROLE, WEB_URL, RunningStack
from infra.topology.model import Topology
from infra.topology.plan import topology
from owlpost.auth import Session, Tokens
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.channels import queued_with
from owlpost.domain.clock import utc_now
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.retry import RetryBounds
from owlpost.seals import Seals
from tests.chaos.destinations import CHANNELS
from tests.support.people import Person, add_person
from tests.support.receiving import KEYS, WEB_PUSH_SECRET

ENDED = 90  # seconds: workers start cold, and mail waits some seconds to fill its batches
#: Giving up takes an hour in earnest.
IMPATIENT = RetryBounds(max_attempts=2, base_seconds=1, cap_seconds=1, patience_seconds=0, deadline_seconds=60)


def impatient() -> Topology:
    plan = topology(queued_with(OPTIONAL_CHANNELS))
    mailer = plan.function("deliver-email")
    bounds = {"DELIVERY_RETRY": IMPATIENT.model_dump_json()}
    return plan.with_functions(replace(mailer, environment={**mailer.environment, **bounds}))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with RunningStack(tmp_path_factory.mktemp("running"), plan=impatient(), channels=OPTIONAL_CHANNELS) as running:
        yield running


@pytest.fixture(scope="module")
def database(running: RunningStack) -> Iterator[Database]:
    where = running.postgres
    database = Database.at(DatabaseAddress(host=where.host, port=where.port, name="owlpost", user=where.user))
    yield database
    database.close()


@pytest.fixture
def ada(database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection, device=uuid4().hex * 2)


def request_to(person: Person, title: str) -> dict[str, object]:
    return {"type": "feedback.new", "recipients": {"user_ids": [str(person.id)]}, "title": title, "body": "It works"}


def connect_all(running: RunningStack, database: Database, person: Person) -> None:
    """Connect something on each channel by destination, sealed with the key that the deployment has generated."""
    fakes: Any = running.providers
    seals = Seals((running.secret("destinations")["DESTINATION_KEYS"],))
    # a browser is bound to the key that it has subscribed with
    running.fill_in("web_push_secret", WEB_PUSH_SECRET=WEB_PUSH_SECRET)
    with database.transaction() as connection:
        for each in CHANNELS:
            each.reach(connection, fakes, person)
        for id_, sealed in connection.execute(text("select id, sealed from destinations")).all():
            again = seals.seal(id_, Seals(KEYS).open(id_, sealed))
            connection.execute(
                text("update destinations set sealed = :again where id = :id"), {"id": id_, "again": again}
            )


def statuses(database: Database, person: Person) -> dict[str, str]:
    with database.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select d.channel, d.status from notification_deliveries d join notifications n on n.id = d.notification_id"
            f" where n.user_id = '{person.id}'"
        )
        return {row.channel: row.status for row in rows}


def get(running: RunningStack, path: str, headers: dict[str, str]) -> Any:
    request = urllib.request.Request(running.emulator.url + path, headers={"Host": running.api_host, **headers})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def dead_letters(running: RunningStack) -> int:
    """What waits in the mail channel's dead-letter queue, after a look that removes what is no longer failed."""
    running.invoke("operate", {"command": "dead_letters", "queue": "email"})
    sqs = running.deployment.client("sqs")
    url = sqs.get_queue_url(QueueName="owlpost-email-dlq")["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(
        int(each) for each in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
    )


def test_the_migration_ran_before_anything_else_and_functions_cannot_change_a_table(
    running: RunningStack, database: Database
) -> None:
    with database.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from owlpost_migrations").scalar_one() > 0
    where = running.postgres
    as_app = Database.at(DatabaseAddress(host=where.host, port=where.port, name="owlpost", user=f"{APP_ROLE}_work"))
    with pytest.raises(ProgrammingError, match="must be owner"), as_app.transaction() as connection:
        connection.exec_driver_sql("drop table notifications")
    as_app.close()


def test_one_call_reaches_every_channel_that_we_ship_and_the_api(
    running: RunningStack, database: Database, ada: Person
) -> None:
    connect_all(running, database, ada)
    answer = running.invoke("enqueue", request_to(ada, "Deployed"))
    assert answer["deliveries"] == {"in_app": 1, "email": 1, "mobile_push": 1, **{each.key: 1 for each in CHANNELS}}
    assert wait_until(lambda: set(statuses(database, ada).values()) == {"sent"}, seconds=ENDED), statuses(database, ada)
    token = Tokens((running.secret("tokens")["JWT_KEYS"],)).issue(Session.begin(ada.id, ada.email, now=utc_now()))
    inbox = json.loads(get(running, "/v1/notifications", {"authorization": f"Bearer {token}"}))
    assert [each["title"] for each in inbox["notifications"]] == ["Deployed"]


def test_the_dashboard_is_served_by_the_same_address(running: RunningStack) -> None:
    assert "<title>" in get(running, "/dashboard/login", {})


def test_a_request_by_queue_is_taken_too(running: RunningStack, database: Database, ada: Person) -> None:
    sqs = running.deployment.client("sqs")
    url = sqs.get_queue_url(QueueName="owlpost-requests")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(request_to(ada, "Queued")))
    assert wait_until(lambda: set(statuses(database, ada).values()) == {"sent"}, seconds=ENDED), statuses(database, ada)


def test_what_a_dead_provider_leaves_in_the_dead_letter_queue_goes_again_when_it_is_back(
    running: RunningStack, database: Database, ada: Person
) -> None:
    running.providers.stop()
    running.invoke("enqueue", request_to(ada, "While it was down"))
    assert wait_until(lambda: statuses(database, ada).get("email") == "failed", seconds=ENDED), statuses(database, ada)
    assert wait_until(lambda: dead_letters(running) == 1, seconds=ENDED)
    running.providers.start()
    assert (
        running.invoke("operate", {"command": "redrive", "channel": "email", "include_unknown": True})["dry_run"]
        is False
    )
    assert wait_until(lambda: statuses(database, ada)["email"] == "sent", seconds=ENDED), statuses(database, ada)
    assert wait_until(lambda: dead_letters(running) == 0, seconds=ENDED)


@pytest.mark.parametrize("schedule", [schedule.name for schedule in topology().schedules])
def test_what_a_schedule_starts_works_with_the_role_and_variables_it_has(running: RunningStack, schedule: str) -> None:
    function = next(each.function for each in topology().schedules if each.name == schedule)
    assert isinstance(running.invoke(function, {"schedule": schedule}), dict)


def test_a_sweep_by_hand_reaches_the_database(running: RunningStack) -> None:
    assert running.invoke("sweep", {})["chunks"] == 0


def test_a_migration_that_fails_rolls_the_deployment_back_and_the_old_code_goes_on(
    running: RunningStack, database: Database, ada: Person
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # no Postgres is behind it, so no migration can run
        port = silent.getsockname()[1]
    with pytest.raises(DeploymentFailed, match="Migration"):
        running.update(database_port=port)
    assert running.deployment.status == "UPDATE_ROLLBACK_COMPLETE"
    assert running.invoke("enqueue", request_to(ada, "As before"))["notifications"] == 1
    assert wait_until(lambda: set(statuses(database, ada).values()) == {"sent"}, seconds=ENDED), statuses(database, ada)


def test_links_lead_to_the_web_address(running: RunningStack) -> None:
    variables = running.deployment.client("lambda").get_function_configuration(FunctionName="owlpost-deliver-email")
    assert variables["Environment"]["Variables"]["WEB_URL"] == WEB_URL
    assert "RESEND_API_KEY" not in variables["Environment"]["Variables"]


def test_the_layer_holds_all_that_functions_import_and_fits(running: RunningStack) -> None:
    layers = sorted((running.data_dir / "assembly").glob("asset.*/python/sqlalchemy"))
    (dependencies,) = (path.parents[1] for path in layers)
    assert sum(file.stat().st_size for file in dependencies.rglob("*") if file.is_file()) < 100 * 1024 * 1024


def test_the_layer_is_the_same_whenever_it_is_built(tmp_path: Path) -> None:
    """Or each deployment would upload it anew, and start every sandbox cold."""
    first, second = (_built(tmp_path / name) for name in ("first", "second"))
    assert first == second
    assert sum(map(len, first.values())) < 100 * 1024 * 1024


def _built(folder: Path) -> dict[Path, bytes]:
    """For Lambda's own platform, but without RDS's authority, which is fetched from AWS."""
    folder.mkdir()
    build_dependencies(folder, replace(LAMBDA, tls_authority=False))
    return {file.relative_to(folder): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
