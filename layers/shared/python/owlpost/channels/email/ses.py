"""Sends mail through Amazon SES, API version 2: one call for each mail.

`SendEmail` takes no idempotency key, so a call whose answer was lost is never repeated: not by us, and not by botocore, which
would do so by itself. Sources: botocore's model of sesv2; AWS, "Errors related to the sending quotas for your Amazon SES
account" and "Common Errors".
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)

from owlpost import aws, observability
from owlpost.channels.adapter import Promises
from owlpost.channels.email.message import MailMessage
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.email.settings import EmailSettings
from owlpost.channels.provider_answer import storable
from owlpost.domain.clock import Clock, utc_now
from owlpost.domain.errors import Misconfigured, TransientFault
from owlpost.domain.mail_events import DELIVERY_TAG
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds. No call starts with less time than its longest before the deadline.
CONNECT_SECONDS = 3
READ_SECONDS = 10
#: The same for a code or a warning, for which somebody waits: less than the shortest patience of direct mail.
HASTY_CONNECT_SECONDS = 1
HASTY_READ_SECONDS = 4
#: Seconds until we look whether the operator has mended what SES refuses, and whether a day's quota has room again.
OPERATORS_PAUSE = 300.0
QUOTA_PAUSE = 600.0
#: In which surely no mail was sent.
NOTHING_SENT = (ConnectTimeoutError, EndpointConnectionError)
#: About this mail; what else SES refuses with a 4xx is about our account, identity, configuration set or rights.
OF_THE_MAIL = frozenset(
    {"MessageRejected", "BadRequestException", "BadRequest", "ValidationError", "RequestEntityTooLargeException"}
)
#: SES had not read the call to its end.
PASSING = frozenset({"RequestAbortedException", "RequestTimeoutException"})
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "TooManyRequests"})
UNVERIFIED = "not verified"
DAILY_QUOTA = "Daily message quota"


class SesSender:
    """A MailSender. `client` is botocore's for sesv2."""

    provider = "ses"
    promises = Promises("twice", most=25)

    def __init__(
        self,
        *,
        client: Any,
        pacer: Pacer,
        sender: str,
        configuration_set: str,
        reply_to: str | None = None,
        longest: float = CONNECT_SECONDS + READ_SECONDS,
        now: Clock = utc_now,
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._from = sender
        self._configuration_set = configuration_set
        self._reply_to = reply_to
        self._longest = longest
        self._now = now

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:  # noqa: ARG002 (SES knows no keys)
        """See MailSender. After a refusal of our account, the mails that are left are not tried."""
        outcomes: list[Outcome] = []
        for message in messages:
            outcome = self._send_one(message, deadline)
            outcomes.append(outcome)
            if isinstance(outcome, Retry) and outcome.fault.misconfigured:
                observability.count("MailMisconfigured", channel="email")
                outcomes += [outcome] * (len(messages) - len(outcomes))
                break
        return outcomes

    def _send_one(self, message: MailMessage, deadline: datetime) -> Outcome:
        try:
            left = (deadline - self._now()).total_seconds()
            self._pacer.wait(within=left - self._longest)
            answer = self._client.send_email(**self._request(message))
        except TransientFault as fault:
            return Retry(fault)
        except ClientError as error:
            return refusal(error.response)
        except NOTHING_SENT as error:
            return Retry(TransientFault(Reason.UNREACHABLE, type(error).__name__))
        except (NoCredentialsError, NoRegionError) as error:
            return Retry(_ours(ProviderReason.SES_NOT_ALLOWED, type(error).__name__))
        except BotoCoreError as error:
            return Retry(TransientFault(Reason.ANSWER_LOST, type(error).__name__, ambiguous=True))
        return Sent({"provider_id": storable(answer.get("MessageId"))})

    def _request(self, message: MailMessage) -> dict[str, Any]:
        mail = message.mail
        request: dict[str, Any] = {
            "FromEmailAddress": self._from,
            "Destination": {"ToAddresses": [message.to]},
            "ConfigurationSetName": self._configuration_set,
            "Content": {
                "Simple": {
                    "Subject": _text(mail.subject),
                    "Body": {"Text": _text(mail.text), "Html": _text(mail.html)},
                    "Headers": [{"Name": name, "Value": value} for name, value in mail.headers.items()],
                }
            },
        }
        if self._reply_to:
            request["ReplyToAddresses"] = [self._reply_to]
        if message.delivery_id:
            request["EmailTags"] = [{"Name": DELIVERY_TAG, "Value": str(message.delivery_id)}]
        return request


def refusal(response: "Mapping[str, Any]") -> Outcome:
    """Return what an error that SES answered means for its mail. Nothing was sent."""
    error = response.get("Error") or {}
    code, message = storable(error.get("Code")), storable(error.get("Message"))
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode", 0)
    words = {"message": message} if message else {}
    if DAILY_QUOTA in message:
        return Retry(_ours(ProviderReason.SES_DAILY_QUOTA, message, wait=QUOTA_PAUSE), words)
    if code in THROTTLED or status == 429:
        return Retry(TransientFault(Reason.RATE_LIMITED, message, retry_after=1.0, counts=False), words)
    if status >= 500 or code in PASSING:
        return Retry(TransientFault(f"http_{status}", message, server_error=status >= 500), words)
    if code in OF_THE_MAIL and UNVERIFIED not in message:
        return Failed(ProviderReason.SES_REFUSED, words)
    return Retry(_ours(ProviderReason.SES_NOT_ALLOWED, f"{code}: {message}"), {"message": f"{code}: {message}"})


def _ours(reason: str, message: str, *, wait: float = OPERATORS_PAUSE) -> TransientFault:
    return TransientFault(reason, message, retry_after=wait, counts=False, misconfigured=True)


def _text(data: str) -> dict[str, str]:
    return {"Data": data, "Charset": "UTF-8"}


def connect(connect_seconds: float = CONNECT_SECONDS, read_seconds: float = READ_SECONDS) -> Any:
    """Return botocore's client. Raises Misconfigured without a region."""
    config = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1},  # a repeat after a lost answer would be a second mail
    )
    try:
        return aws.client("sesv2", config=config)
    except NoRegionError as error:
        raise Misconfigured("AWS_REGION: must be set for SES") from error


def build(settings: EmailSettings, *, at_once: bool = False) -> SesSender:
    """With `at_once` somebody waits for the mail, so that a call has less time."""
    connecting, reading = (HASTY_CONNECT_SECONDS, HASTY_READ_SECONDS) if at_once else (CONNECT_SECONDS, READ_SECONDS)
    return SesSender(
        client=connect(connecting, reading),
        longest=connecting + reading,
        pacer=Pacer(settings.ses_mails_per_second),
        sender=settings.email_from,
        configuration_set=settings.ses_configuration_set or "",
        reply_to=settings.email_reply_to,
    )
