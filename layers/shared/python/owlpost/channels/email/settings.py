"""The e-mail channel's section of the environment, as a typed model."""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from owlpost.domain import endpoints, invalid
from owlpost.domain.addresses import deliverable
from owlpost.domain.endpoints import LOOPBACK
from owlpost.domain.errors import Misconfigured

SHORTEST_SECRET = 16
#: The variables that each sender needs.
NEEDED = {"resend": ("RESEND_API_KEY",), "smtp": ("SMTP_HOST",), "ses": ("SES_CONFIGURATION_SET",)}
#: One plain address; quoted local parts and several addresses in one string are refused here, not by the provider.
ADDRESS = re.compile(r"[^\s@<>(),;:\"\\]+@[^\s@<>(),;:\"\\]+")


def _check_mailbox(mailbox: str) -> str:
    if not mailbox.isprintable() or not ADDRESS.fullmatch(parseaddr(mailbox)[1]):
        raise ValueError("must be an address, such as Owlmetry <notifications@example.com>")
    address = parseaddr(mailbox)[1]
    accepted = deliverable(address)
    if accepted is None:
        raise ValueError(
            "has an address that no mail provider accepts: use ASCII before the @, and a domain that exists in DNS"
        )
    return mailbox.replace(address, accepted)


def _secrets(text: object) -> object:
    return tuple(secret.strip() for secret in text.split(",") if secret.strip()) if isinstance(text, str) else text


Origin = Annotated[str, AfterValidator(endpoints.origin)]
Host = Annotated[str, AfterValidator(endpoints.host)]
Mailbox = Annotated[str, AfterValidator(_check_mailbox)]
ApiKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$")]
Secret = Annotated[str, StringConstraints(min_length=SHORTEST_SECRET)]


class EmailSettings(BaseModel):
    """RESEND_API_KEY, EMAIL_FROM and so on; `unsubscribe_keys` are the secrets that sign links, newest first."""

    model_config = ConfigDict(frozen=True, alias_generator=str.upper, hide_input_in_errors=True, defer_build=True)

    mail_sender: Annotated[
        Literal["resend", "ses", "smtp", "console"] | None,
        Field(description="what sends mail; without it Resend where its key is set, else the console, which logs it"),
    ] = None
    resend_api_key: Annotated[
        ApiKey | None, Field(repr=False, description="key of Resend; without it mail is written to the log")
    ] = None
    resend_base_url: Annotated[Origin, Field(description="address of Resend")] = "https://api.resend.com"
    resend_calls_per_second: Annotated[
        float, Field(gt=0, le=1_000, description="calls a second that Resend allows the account")
    ] = 2.0
    delivery_other_workers: Annotated[
        int, Field(ge=0, description="how many workers may mail at the same time as this one; the topology sets it")
    ] = 0
    email_from: Annotated[
        Mailbox, Field(description="sender of mail; must be set where there is a key, and verified at Resend")
    ] = "Owlmetry <notifications@localhost>"
    email_reply_to: Annotated[Mailbox | None, Field(description="address that replies go to")] = None
    web_url: Annotated[
        Origin, Field(description="address of the dashboard, to which links lead; must be set where there is a key")
    ] = "http://localhost"
    unsubscribe_keys: Annotated[
        tuple[Secret, ...],
        BeforeValidator(_secrets),
        Field(
            repr=False,
            description="secrets that sign unsubscribe links, comma-separated: the first one signs, all are accepted",
        ),
    ] = ()
    smtp_host: Annotated[Host | None, Field(description="mail server")] = None
    smtp_port: Annotated[int, Field(gt=0, le=65_535, description="its port")] = 587
    smtp_tls: Annotated[
        Literal["starttls", "implicit", "none"],
        Field(description="how the connection is encrypted; `none` is for a server on this machine"),
    ] = "starttls"
    smtp_username: Annotated[str | None, Field(description="account at the mail server")] = None
    smtp_password: Annotated[str | None, Field(repr=False, description="its password")] = None
    smtp_ca_file: Annotated[
        str | None, Field(description="a PEM file with the authority to trust instead of the system's")
    ] = None
    ses_configuration_set: Annotated[
        str | None, Field(description="configuration set of Amazon SES, which publishes events about mails")
    ] = None
    ses_mails_per_second: Annotated[
        float, Field(gt=0, le=1_000, description="mails a second that SES allows the account; the sandbox allows one")
    ] = 1.0

    def share(self) -> Self:
        """Return the settings of one of several workers that mail at the same time: each has its part of the account's rate."""
        workers = 1 + self.delivery_other_workers
        rates = {name: getattr(self, name) / workers for name in ("resend_calls_per_second", "ses_mails_per_second")}
        return self.model_copy(update=rates)

    @property
    def sender(self) -> str:
        return self.mail_sender or ("resend" if self.resend_api_key else "console")

    @classmethod
    def from_section(cls, section: Mapping[str, str]) -> Self:
        """A variable that is set to nothing counts as not set. Raises Misconfigured naming the variable at fault."""
        given = {name: value.strip() for name, value in section.items() if value.strip()}
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            field, problem = invalid.first_fault(error)
            raise Misconfigured(f"{field.partition('.')[0]}: {problem}") from None
        if settings.sender != "console":
            _check_sender(settings, given)
        return settings


def _check_sender(settings: EmailSettings, given: Mapping[str, str]) -> None:
    for name in (*NEEDED[settings.sender], "EMAIL_FROM", "WEB_URL"):
        if name not in given:
            raise Misconfigured(f"{name}: must be set where mail is really sent")
    if "." not in parseaddr(settings.email_from)[1].rpartition("@")[2]:
        raise Misconfigured("EMAIL_FROM: its domain has no dot, and mail providers refuse such a sender")
    if settings.sender == "smtp" and settings.smtp_tls == "none" and settings.smtp_host not in LOOPBACK:
        raise Misconfigured("SMTP_TLS: mail leaves this machine encrypted; none is for loopback")
