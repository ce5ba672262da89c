"""Amazon SES has no client but botocore, which ours is: so another server takes our mail, and AWS' own model reads our fake.

The server is moto's, which other hands wrote. It knows identities, and neither quotas nor a mail's headers and tags.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from owlpost.channels.email.channel import EmailChannel, build
from owlpost.domain.outcomes import Sent
from owlpost.sandbox import Sandbox
from tests.support.mail_channel import fault, send, to
from tests.support.ses_server import SECTION, amazon_ses, signed_in_at

REGION = "eu-west-1"
KINDS: dict[str, type] = {
    "string": str,
    "boolean": bool,
    "double": float,
    "integer": int,
    "structure": dict,
    "list": list,
}


@pytest.fixture
def motos(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Moto's SES, as it keeps what it takes."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield get_backend("ses")[DEFAULT_ACCOUNT_ID][REGION]


@pytest.fixture
def channel(motos: Any) -> Iterator[EmailChannel]:
    with Sandbox(), closing(build(SECTION)) as built:
        yield built


def test_another_server_takes_our_mail_by_the_id_that_it_tells(motos: Any, channel: EmailChannel) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="owls.example")
    (outcome,) = send(channel, *to("ada"))
    (taken,) = motos.sent_messages
    assert outcome == Sent({"provider_id": taken.id})
    assert (taken.source, taken.destinations["ToAddresses"]) == (SECTION["EMAIL_FROM"], ["ada@people.example"])
    assert taken.subject
    assert "<html" in taken.body


def test_a_sender_that_another_server_does_not_know_is_the_operators_fault(motos: Any, channel: EmailChannel) -> None:
    ada, bob = send(channel, *to("ada", "bob"))
    assert fault(ada).misconfigured
    assert fault(bob).misconfigured
    assert motos.rejected_messages_count == 1  # the second was not tried
    assert motos.sent_messages == []


def test_the_fake_answers_in_members_and_kinds_of_awss_own_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with amazon_ses() as fake:
        signed_in_at(fake, monkeypatch)
        client = boto3.client("sesv2")
        told: dict[str, Any] = {}
        client.meta.events.register(
            "before-parse.sesv2.*",
            lambda response_dict, operation_model, **_: told.update(
                {operation_model.name: json.loads(response_dict["body"])}
            ),
        )
        simple = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
        client.send_email(
            FromEmailAddress="owl@owls.example",
            Destination={"ToAddresses": ["ada@people.example"]},
            Content={"Simple": simple},
        )
        client.get_account()
        client.get_email_identity(EmailIdentity="owls.example")
    assert told.keys() == {"SendEmail", "GetAccount", "GetEmailIdentity"}
    for operation, said in told.items():
        shape = client.meta.service_model.operation_model(operation).output_shape
        assert list(strange(shape, said)) == [], operation


def strange(shape: Any, said: Any, path: str = "") -> Iterator[str]:
    """Yield what the model does not know, what is of another kind, or of another value than those that it lists."""
    match said:
        case _ if not isinstance(said, KINDS[shape.type_name]) or said not in (getattr(shape, "enum", None) or [said]):
            yield path
        case dict():
            yield from (f"{path}.{name}" for name in said.keys() - shape.members.keys())
            for name in said.keys() & shape.members.keys():
                yield from strange(shape.members[name], said[name], f"{path}.{name}")
        case list():
            for value in said:
                yield from strange(shape.member, value, f"{path}[]")
