"""The account that the laptop plays: its number, region, credentials and ARNs."""

from typing import TypedDict

from infra.topology.model import physical_name

LOOPBACK = "127.0.0.1"
ACCOUNT = "000000000000"
REGION = "us-east-1"


class Credentials(TypedDict):
    aws_access_key_id: str
    aws_secret_access_key: str


#: Any will do: neither the emulator nor the Invoke API looks at them, but boto3 wants some.
CREDENTIALS = Credentials(aws_access_key_id="local", aws_secret_access_key="local")  # noqa: S106 (opens nothing)


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{physical_name(name)}"


def function_arn(physical: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical}"
