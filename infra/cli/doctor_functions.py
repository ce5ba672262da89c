"""What the doctor asks the functions: each tries the keys that it alone may read, and `operate` looks at the database."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from owlpost.domain.channels import queued_channels
from owlpost.domain.findings import Finding, unknown, wrong

CHECK_KEYS = {"check": "keys"}
ANNOUNCE = {"announce": "events"}
CHECK_INSTALLATION = {"command": "check_installation"}
#: Seconds: longer than any of the functions may take.
PATIENCE = 65.0
ALLOW = "Allow lambda:InvokeFunction on it to who runs the doctor: see *Who may call what* in docs/deploy.md."


def ask(client: Any, name: Callable[[str], str]) -> Iterator[Finding]:
    """Yield what the functions find. `name` gives a function's name in the account."""
    yield from asked(client, name("operate"), CHECK_INSTALLATION)
    for channel in queued_channels():
        yield from asked(client, name(f"deliver-{channel.key}"), CHECK_KEYS)


def asked(client: Any, function: str, event: Mapping[str, object]) -> Iterator[Finding]:
    """Yield what one function finds."""
    try:
        response = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        answer = json.loads(response["Payload"].read())
    except ClientError as error:
        yield unknown(function, f"{error.operation_name}: {error.response['Error'].get('Code')}", ALLOW)
        return
    except (BotoCoreError, ValueError) as error:
        yield unknown(function, f"gives no answer: {error}", "See whether the network and the credentials are right.")
        return
    found = answer.get("findings") if isinstance(answer, dict) else answer
    if isinstance(found, list):
        yield from (Finding(**each) for each in found)
    else:
        yield wrong(function, _failure(answer), f"Read its log, /aws/lambda/{function}.")


def _failure(answer: Any) -> str:
    said = answer.get("error") or answer.get("errorMessage") if isinstance(answer, dict) else None
    return str(said.get("message") if isinstance(said, dict) else said or answer)
