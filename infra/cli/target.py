"""Connect to an Owlpost: an instance on this machine, or the one in the user's AWS account."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.errors import BadInput, CommandFailed, Missing, Unreachable
from infra.local.laptop.instance import Instance, NotRunning
from infra.topology.model import PREFIX, physical_name
from infra.topology.plan import topology
from owlpost.domain.error_kinds import ErrorKind
from owlpost.domain.security import OPERATOR_ACTS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

OPERATE = "operate"
#: Of an operator's name, in characters.
LONGEST_NAME = 200


def local_user() -> str:
    """Return the name of the user of this machine, `unknown` if it has none."""
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):
        return "unknown"


class Target(Protocol):
    def operate(self, command: Mapping[str, object]) -> Any:
        """Return the result of an operator's command, as parsed JSON. Raises CommandFailed."""
        ...


@dataclass(frozen=True, slots=True)
class LambdaTarget:
    """`operator` names who uses the command line: an act is kept under this name."""

    client: "LambdaClient"
    operator: Callable[[], str] = local_user
    function: str = physical_name(OPERATE)

    def operate(self, command: Mapping[str, object]) -> Any:
        """See Target."""
        named = {"operator": self.operator()[:LONGEST_NAME]} if command.get("command") in OPERATOR_ACTS else {}
        payload = json.dumps({**command, **named}).encode()
        try:
            response = self.client.invoke(FunctionName=self.function, Payload=payload)
            answer = json.loads(response["Payload"].read())
        except (ClientError, BotoCoreError, ValueError) as error:
            endpoint = self.client.meta.endpoint_url
            raise Unreachable(f"{endpoint} gave no answer: {error}; `owlpost status` says whether it runs") from error
        if response.get("FunctionError"):
            message = answer.get("errorMessage", answer) if isinstance(answer, dict) else answer
            raise CommandFailed(f"{self.function} failed: {message}; its log says more")
        return checked(answer)


def checked(answer: Any) -> Any:
    """Return the answer. Raises Missing, BadInput or Unreachable if it tells of an error."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return answer
    match error.get("kind"):
        case ErrorKind.NOT_FOUND:
            raise Missing(str(error.get("message")))
        case ErrorKind.INVALID_REQUEST:
            raise BadInput(str(error.get("message")))
        case _:
            raise Unreachable(str(error.get("message")))


def connect(options: argparse.Namespace) -> Target:
    """Return the Owlpost that the options name, for an operator's commands. Raises Unreachable."""
    state = None if options.aws else instance(options.data_dir)
    if state:
        return LambdaTarget(laptop_client(state))
    account = _account(options.data_dir)
    return LambdaTarget(_client(account), lambda: _principal(account), physical_name(OPERATE, options.prefix or PREFIX))


def _principal(account: boto3.Session) -> str:
    """Return the ARN of the user or role whose credentials are used. Raises Unreachable."""
    try:
        return str(account.client("sts").get_caller_identity()["Arn"])
    except (ClientError, BotoCoreError) as error:
        raise Unreachable(f"AWS does not say whose credentials these are: {error}") from error


def function_name(name: str, options: argparse.Namespace) -> str:
    """Return the function's name in the account. An instance on this machine has the usual prefix."""
    on_laptop = not options.aws and instance(options.data_dir) is not None
    return physical_name(name) if on_laptop else physical_name(name, options.prefix or PREFIX)


def lambda_client(options: argparse.Namespace) -> "LambdaClient":
    """Return a client of the instance with this data folder if one runs, else of AWS by the environment. Raises Unreachable."""
    state = None if options.aws else instance(options.data_dir)
    return laptop_client(state) if state else _client(_account(options.data_dir))


def laptop_client(state: Mapping[str, Any]) -> "LambdaClient":
    """Return a client of a running instance; the engine takes any credentials."""
    return _client(boto3.Session("laptop", "laptop", region_name="us-east-1"), state["lambda"])


def _client(session: boto3.Session, endpoint_url: str | None = None) -> "LambdaClient":
    """Return a client that waits as long as the functions may take, and never tries again by itself."""
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
    """Return what a running instance says of itself, None if none runs on this data folder."""
    try:
        return Instance(data_dir).state()
    except NotRunning:
        return None
