"""A laptop without keys: mail is printed, iOS devices are passed by, and what the user sets reaches the functions."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from infra.cli.main import main
from infra.cli.target import laptop_client
from infra.local.laptop.demo import Demo
from infra.local.laptop.given import Given
from infra.local.laptop.laptop import Laptop
from infra.local.postgres.postmaster import wait_until
from infra.topology.plan import topology
from owlpost.client import NotificationClient
from owlpost.db.session import Database
from owlpost.domain.requests import ByIds, EnqueueRequest
from tests.support.laptops import running, stored_by
from tests.support.people import Person, add_person

ENDED = 60
WORKERS = (topology().function("deliver-email"), topology().function("deliver-mobile_push"))


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    chosen = Given(
        {"APNS_ENV": "sandbox", "EMAIL_REPLY_TO": "owls@owlpost.example", "RESEND_API_KEY": "re_real"},
        frozenset({"apns", "resend"}),
    )
    yield from running(tmp_path_factory, chosen)


@pytest.fixture(scope="module")
def database(laptop: Laptop) -> Iterator[Database]:
    yield from stored_by(laptop)


@pytest.fixture(scope="module")
def ada(laptop: Laptop, database: Database) -> Person:
    """Somebody with an iPhone, who was told something."""
    with database.transaction() as connection:
        person = add_person(connection, device=uuid4().hex * 2)
    request = EnqueueRequest(
        type="feedback.new",
        recipients=ByIds(user_ids=(person.id,)),
        title="New feedback in Pocket Atlas",
        body="It is a delight",
    )
    assert NotificationClient.over_lambda(client=laptop_client(laptop.state())).notify(request)
    assert wait_until(lambda: "pending" not in ends(database).values(), seconds=ENDED)
    return person


def ends(database: Database) -> dict[str, str]:
    with database.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select channel, coalesce(error, status) as ended from notification_deliveries"
        )
        return {row.channel: row.ended for row in rows}


def log(laptop: Laptop, function: str) -> str:
    return (laptop.data_dir / "logs" / f"{function}.log").read_text(encoding="utf-8")


def test_mail_is_printed_with_its_text_and_a_push_is_skipped_with_the_reason(
    laptop: Laptop, database: Database, ada: Person
) -> None:
    assert ends(database) == {"in_app": "sent", "email": "sent", "mobile_push": "no_apns_key"}
    assert "It is a delight" in log(laptop, "deliver-email")


def test_explain_says_so_beforehand(laptop: Laptop, ada: Person) -> None:
    command = {"command": "explain_person", "user": str(ada.id), "type": "feedback.new"}
    told = {each["channel"]: each for each in laptop.engine.invoke("owlpost-operate", command)["channels"]}
    assert "printed to the log" in told["email"]["explanation"]
    assert (told["mobile_push"]["sent"], told["mobile_push"]["rule"]) == (False, "no_apns_key")


def test_the_doctor_says_so_too_and_tries_the_key_that_is_there(
    laptop: Laptop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json", "--data-dir", str(laptop.data_dir)]) == 1
    found = {each["subject"]: each for each in json.loads(capsys.readouterr().out)}
    assert {subject for subject, each in found.items() if each["level"] == "wrong"} == {"mail"}
    assert (found["APNs"]["level"], found["FCM"]["level"]) == ("note", "good")
    assert "as on a laptop" in found["role"]["said"]
    assert found["schema in the database"]["level"] == "good"


def test_the_demo_expects_what_goes_without_a_key_to_be_skipped(
    laptop: Laptop, database: Database, ada: Person
) -> None:
    demo = Demo.on(laptop, NotificationClient.over_lambda(client=laptop_client(laptop.state())))
    assert demo.unexpected() == 0
    assert Demo(demo.database, demo.client, demo.run_digest).unexpected() == 1
    demo.close()


def test_what_the_user_sets_reaches_its_functions_and_a_real_key_none(laptop: Laptop) -> None:
    mailer, push = map(laptop.engine.environment, WORKERS)
    assert mailer["EMAIL_REPLY_TO"] == "owls@owlpost.example"
    assert push["APNS_ENV"] == "sandbox"
    assert "EMAIL_REPLY_TO" not in push
    assert "re_real" not in (*mailer.values(), *push.values())
    assert laptop.unused == ["RESEND_API_KEY"]
