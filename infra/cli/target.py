"""Which Owlpost a command goes to: an instance on this machine, or the one in the user's AWS account."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.laptop.instance import DEFAULT_DATA_DIR, Instance, NotRunning
from infra.topology.model import physical_name
from infra.topology.plan import topology

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

OPERATE = "operate"


class Unreachable(Exception):
    """There is no Owlpost to ask, or it did not answer."""


class Refused(Exception):
    """The command was not taken; `kind` is the error's type as the function named it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Target(Protocol):
    def operate(self, command: Mapping[str, object]) -> Any:
        """The answer to an operator's command, as parsed JSON. Raises Refused or Unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class LambdaTarget:
    client: "LambdaClient"

    def operate(self, command: Mapping[str, object]) -> Any:
        try:
            response = self.client.invoke(FunctionName=physical_name(OPERATE), Payload=json.dumps(command).encode())
            answer = json.loads(response["Payload"].read())
        except (ClientError, BotoCoreError, ValueError) as error:
            raise Unreachable(f"{self.client.meta.endpoint_url} gave no answer: {error}") from error
        if response.get("FunctionError"):
            raise Refused(str(answer.get("errorType")), str(answer.get("errorMessage", answer)))
        return answer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options by which every command says where it goes."""
    parser.add_argument("--data-dir", type=Path, default=DEFAULT_DATA_DIR, help="of a running instance")
    parser.add_argument("--aws", action="store_true", help="go to AWS even if an instance runs here")


def connect(options: argparse.Namespace) -> Target:
    """What `lambda_client` finds, for an operator's commands. Raises Unreachable."""
    return LambdaTarget(lambda_client(options))


def lambda_client(options: argparse.Namespace) -> "LambdaClient":
    """The instance whose data folder is named, where one runs, else AWS by the environment. Raises Unreachable."""
    state = None if options.aws else instance(options.data_dir)
    return laptop_client(state) if state else _client(_account(options.data_dir))


def laptop_client(state: Mapping[str, Any]) -> "LambdaClient":
    """A client of a running instance; the engine takes any credentials."""
    return _client(boto3.Session("laptop", "laptop", region_name="us-east-1"), state["lambda"])


def _client(session: boto3.Session, endpoint_url: str | None = None) -> "LambdaClient":
    """Waits as long as any function that is asked may take, and leaves trying again to whoever asked."""
    longest = max(topology().function(name).timeout for name in (OPERATE, "enqueue"))
    config = Config(read_timeout=longest + 5, retries={"total_max_attempts": 1})
    return session.client("lambda", endpoint_url=endpoint_url, config=config)


def _account(data_dir: Path) -> boto3.Session:
    try:
        session = boto3.Session()
        signed_in = session.get_credentials() is not None and session.region_name is not None
    except BotoCoreError as error:
        raise Unreachable(str(error)) from error
    if not signed_in:
        raise Unreachable(
            f"no instance runs with {data_dir} as its data folder, and no AWS credentials and region are set:"
            " start one with `owlpost up`, name another with --data-dir, or sign in to AWS"
        )
    print(f"owlpost: on AWS, in {session.region_name}", file=sys.stderr)
    return session


def instance(data_dir: Path) -> Mapping[str, Any] | None:
    """What a running instance says of itself; None where none runs on this data folder."""
    try:
        return Instance(data_dir).state()
    except NotRunning:
        return None
