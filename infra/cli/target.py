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

from infra.topology import physical_name, topology

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

OPERATE = "operate"
STATE_FILE = "instance.json"


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
    parser.add_argument("--data-dir", type=Path, default=Path(".owlpost"), help="of a running instance (.owlpost)")
    parser.add_argument("--aws", action="store_true", help="go to AWS even if an instance runs here")


def connect(options: argparse.Namespace) -> Target:
    """The instance whose data folder is named, where there is one, else AWS by the environment. Raises Unreachable."""
    state = None if options.aws else instance(options.data_dir)
    session = boto3.Session("laptop", "laptop", region_name="us-east-1") if state else _account(options.data_dir)
    wait = Config(read_timeout=topology().function(OPERATE).timeout + 5, retries={"total_max_attempts": 1})
    return LambdaTarget(session.client("lambda", endpoint_url=state["lambda"] if state else None, config=wait))


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
    """What a running instance says of itself; None where none has this data folder."""
    try:
        state: Mapping[str, Any] = json.loads((data_dir / STATE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Unreachable(f"{data_dir / STATE_FILE} cannot be read: {error}") from None
    return state
