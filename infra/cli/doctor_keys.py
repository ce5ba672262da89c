"""Whether the secrets are filled in, and whether Resend takes the key and has verified the sender's domain."""

import json
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from infra.aws.secret_outputs import output_of
from infra.cli.doctor_account import Account
from infra.cli.doctor_finding import Finding, good, wrong

RESEND = "https://api.resend.com"
SECONDS = 10.0
#: What Resend says of a key that may send and nothing else: it is valid, and may not list domains.
RESTRICTED = "restricted_api_key"


def keys(account: Account) -> Iterator[Finding]:
    """Read each secret that an operator fills in; a value that is missing is a channel that does not work."""
    (stack,) = account.client("cloudformation").describe_stacks(StackName=account.name("data"))["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    client = account.client("secretsmanager")
    for secret in (each for each in account.plan.secrets if each.variables):
        value = client.get_secret_value(SecretId=outputs[output_of(secret.name)])["SecretString"]
        said: dict[str, str] = json.loads(value)
        missing = [name for name in secret.variables if not said.get(name)]
        if missing:
            remedy = "Fill it in as *First deployment* in docs/deploy.md says; leave it if you do not use the channel."
            yield wrong(f"secret {secret.name}", f"not filled in: {', '.join(missing)}", remedy)
        else:
            yield good(f"secret {secret.name}", "filled in")
        if key := said.get("RESEND_API_KEY"):
            yield from _resend(key, account.configuration.variables)


def _resend(key: str, variables: Mapping[str, str]) -> Iterator[Finding]:
    """List the account's domains, which sends nothing: https://resend.com/docs/api-reference/domains/list-domains."""
    address = f"{variables.get('RESEND_BASE_URL', RESEND)}/domains"
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "owlpost"}
    request = Request(address, headers=headers)  # noqa: S310 (Resend's address, or that of a test)
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 (as above)
            yield _domain(json.load(answer)["data"], variables.get("EMAIL_FROM", ""))
    except HTTPError as error:
        yield _refused(error)
    except URLError as error:
        yield Finding("Resend", "unknown", f"no answer: {error.reason}", "Try again; see Resend's status page.")


def _refused(error: HTTPError) -> Finding:
    text = error.read(10_000).decode(errors="replace")
    if RESTRICTED in text:
        remedy = "See at https://resend.com/domains whether the sender's domain is verified."
        return Finding("Resend", "unknown", "the key may send, and may not list domains", remedy)
    return wrong(
        "Resend", f"the key is refused ({error.code})", "Make a new key at Resend, and put it into the secret."
    )


def _domain(domains: list[dict[str, Any]], sender: str) -> Finding:
    address = parseaddr(sender)[1]
    if not address:
        return wrong("sender", "not set, and the key of Resend is", "Set `sender` in cdk.json and deploy.")
    domain = address.rpartition("@")[2]
    status = {each["name"]: each["status"] for each in domains}.get(domain, "not added")
    if status == "verified":
        return good("sender", f"{domain} is verified at Resend")
    return wrong("sender", f"{domain} is {status} at Resend", "Add its DNS records: https://resend.com/domains.")
