"""What the doctor looks at in an AWS account: before a deployment its room, after it whether what is there is as planned."""

from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.concurrency import reserved_concurrency
from infra.cli import doctor_deployed
from infra.cli.doctor_account import Account
from owlpost.domain.findings import Finding, good, wrong

#: What Lambda keeps unreserved.
UNRESERVED = 100
#: Quotas by their service, code and name, and how many a deployment takes.
VPCS, ADDRESSES = ("vpc", "L-F678F1CE"), ("ec2", "L-0263D0A3")
MOST_SKEW_SECONDS = 60


def look(account: Account) -> list[Finding]:
    """Return all findings. A check that is refused or gets no answer is a finding itself, and stops no other."""
    before: list[Callable[[Account], Iterator[Finding]]] = [_clock, _concurrency]
    try:
        more = doctor_deployed.CHECKS if is_deployed(account) else (_vpcs, _addresses, _left_over_names)
    except ClientError as error:
        return [_refused("stacks", error)]
    return [finding for check in (*before, *more) for finding in _guarded(check, account)]


def is_deployed(account: Account) -> bool:
    """Return whether the app stack is there. Raises ClientError if that is not for the caller to know."""
    try:
        account.client("cloudformation").describe_stacks(StackName=account.name("app"))
    except ClientError as error:
        if _code(error) == "ValidationError":
            return False
        raise
    return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _refused(subject: str, error: ClientError) -> Finding:
    remedy = f"Allow {error.operation_name} to who runs the doctor, or look in the console."
    return Finding(subject, "unknown", f"{error.operation_name}: {_code(error)}", remedy)


def _guarded(check: Callable[[Account], Iterator[Finding]], account: Account) -> list[Finding]:
    subject = check.__name__.strip("_").replace("_", " ")
    try:
        return list(check(account))
    except ClientError as error:
        return [_refused(subject, error)]
    except BotoCoreError as error:
        return [Finding(subject, "unknown", str(error), "See whether the network and the credentials are right.")]


def _clock(account: Account) -> Iterator[Finding]:
    """AWS refuses a signature that is five minutes off, and says so in words that do not name the clock."""
    skew = doctor_deployed.clock_skew(account.client("sts").get_caller_identity())
    if abs(skew) > MOST_SKEW_SECONDS:
        yield wrong("clock", f"this machine is {skew:.0f} s off", "Set the clock by NTP.")
    else:
        yield good("clock", f"within {abs(skew):.0f} s of AWS")


def _concurrency(account: Account) -> Iterator[Finding]:
    limit = account.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    reserved = sum(reserved_concurrency(account.plan, account.configuration).values())
    if reserved and reserved > limit - UNRESERVED:
        remedy = (
            "Ask Service Quotas for 1,000 (AWS Lambda, concurrent executions), or set reserve_concurrency to false."
        )
        yield wrong("concurrency", f"the account allows {limit}, and {reserved} are to be reserved", remedy)
    else:
        yield good("concurrency", f"the account allows {limit}, {reserved} reserved")


def _quota(account: Account, quota: tuple[str, str], used: int, subject: str) -> Iterator[Finding]:
    service, code = quota
    answer = account.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)
    limit = int(answer["Quota"]["Value"])
    if used < limit:
        yield good(subject, f"{used} of {limit} used")
    else:
        name = answer["Quota"]["QuotaName"]
        yield wrong(
            subject, f"{used} of {limit} used", f"Ask Service Quotas for more ({name}), or name an existing vpc."
        )


def _vpcs(account: Account) -> Iterator[Finding]:
    if account.configuration.vpc is None:
        used = len(account.client("ec2").describe_vpcs()["Vpcs"])
        yield from _quota(account, VPCS, used, "VPCs")


def _addresses(account: Account) -> Iterator[Finding]:
    if account.configuration.vpc is None and account.configuration.egress == "nat-gateway":
        used = len(account.client("ec2").describe_addresses()["Addresses"])
        yield from _quota(account, ADDRESSES, used, "addresses")


def _left_over_names(account: Account) -> Iterator[Finding]:
    """What has a name of ours and no stack is in the deployment's way."""
    queues = account.client("sqs").list_queues(QueueNamePrefix=account.name("")).get("QueueUrls", [])
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{account.name('')}")[
        "logGroups"
    ]
    found = [url.rpartition("/")[2] for url in queues] + [each["logGroupName"] for each in groups]
    if found:
        yield wrong("left-over names", ", ".join(sorted(found)), "Delete them, or choose another prefix.")
    else:
        yield good("left-over names", f"nothing begins with {account.name('')}")
