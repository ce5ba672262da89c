"""Mutated events by Lambda's Invoke API of the laptop: each is carried out or refused by its field."""

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from infra.cli.target import laptop_client
from infra.local.laptop.laptop import Laptop
from tests.fuzz.conftest import Budget
from tests.fuzz.honest import JOB, commands
from tests.fuzz.mutation import hostile

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

#: Of so few inputs none may be good enough, on a machine that is too busy.
FEW = 50
#: Errors of Lambda for an event that is no JSON, or too large.
REFUSED_BY_LAMBDA = {"InvalidRequestContentException", "RequestTooLargeException"}
#: Errors of a function that tell the caller what is wrong with the event. `operate` returns them and raises none.
REFUSED = {"enqueue": {"InvalidRequest", "IdempotencyConflict"}, "alert": {"InvalidRequest"}, "operate": set[str]()}


@pytest.fixture(scope="module")
def lambda_(laptop: Laptop) -> "LambdaClient":
    return laptop_client(laptop.state())


def test_an_event_is_carried_out_or_refused_by_its_field(
    lambda_: "LambdaClient", honest: list[dict[str, Any]], budget: Budget
) -> None:
    events: dict[str, list[dict[str, Any]]] = {"enqueue": honest, "alert": [JOB], "operate": commands(str(uuid4()))}
    payloads = {function: hostile(budget.chance, each) for function, each in events.items()}
    taken = 0
    while budget.is_left():
        budget.tried += 1
        function = budget.chance.choice(("enqueue", "enqueue", "alert", "operate"))
        payload = next(payloads[function])
        try:
            answer = lambda_.invoke(FunctionName=f"owlpost-{function}", Payload=payload.encode(errors="surrogatepass"))
        except ClientError as error:
            if error.response["Error"]["Code"] not in REFUSED_BY_LAMBDA:
                raise AssertionError(budget.named(payload)) from error
            continue
        said = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            assert said["errorType"] in REFUSED[function], f"{function}: {said}, {budget.named(payload)}"
            continue
        taken += 1
    assert taken or budget.tried < FEW
