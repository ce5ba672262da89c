"""What the environment says, read once and checked at cold start. The only module that reads the environment."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Json, SecretStr, ValidationError

from owlpost.domain import invalid, queue_names
from owlpost.domain.errors import Misconfigured
from owlpost.domain.retry import RetryBounds
from owlpost.domain.webhooks import check_secret


class _Section(BaseModel):
    """Built when a function first asks for it: none uses all of them, and each takes a millisecond of every cold start."""

    model_config = ConfigDict(frozen=True, defer_build=True)


Section = TypeVar("Section", bound=_Section)


class DatabaseSettings(_Section):
    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 5432
    name: str = "owlpost"
    user: str = "owlpost"
    password: SecretStr | None = None
    #: A PEM file with the authority to trust; without it the connection is not encrypted, as on the laptop.
    tls_authority: str | None = None
    #: `iam` signs a password for each connect with the function's own role.
    auth: Literal["password", "iam"] = "password"
    #: Whom a migration lets read and write rows; None where everything connects as the owner.
    app_role: str | None = None


class DeliverySettings(_Section):
    """What the topology decided for the worker of one channel."""

    channel: str
    retry: Annotated[Json[RetryBounds], Field(default_factory=RetryBounds)]
    lease_seconds: float = 35.0
    #: What is left of the function's time for settling, once the adapter has answered.
    settle_seconds: float = 5.0
    max_receives: int = 8


class DispatchSettings(_Section):
    """`chunk_size` is how many people are told in one transaction; a larger team continues in chunks."""

    chunk_size: Annotated[int, Field(ge=1)] = 10_000


class RetentionSettings(_Section):
    """How long cleanup keeps what; days."""

    read_days: int = 30
    unread_days: int = 180
    deleted_days: int = 90
    receipt_days: int = 30


def _secrets(text: object) -> object:
    return [secret.strip() for secret in text.split(",") if secret.strip()] if isinstance(text, str) else text


class MetricsSettings(_Section):
    """`by_type`: whether deliveries are counted for each type as well, as metrics that CloudWatch bills one by one."""

    by_type: bool = False


class TokenSettings(_Section):
    """Secrets that sign session tokens, comma-separated: the newest signs, all of them are accepted."""

    model_config = ConfigDict(hide_input_in_errors=True)

    keys: Annotated[
        tuple[Annotated[str, Field(min_length=32)], ...],
        BeforeValidator(_secrets),
        Field(min_length=1, repr=False),
    ]


class WebhookSettings(_Section):
    """Secrets by which Resend signs, comma-separated: while one is replaced, both are accepted."""

    model_config = ConfigDict(hide_input_in_errors=True)

    secrets: Annotated[
        tuple[Annotated[str, AfterValidator(check_secret)], ...],
        BeforeValidator(_secrets),
        Field(min_length=1, repr=False),
    ]


class WebSettings(_Section):
    """Where people reach us; plain http, as on the laptop, has cookies without `Secure`."""

    url: str = ""


class BadgeSettings(_Section):
    """`updates`: whether the number on the icon follows when something is read elsewhere; `off` leaves it to the next push."""

    updates: bool = True


class SystemJobsSettings(_Section):
    """`alert_email` is whom to tell of jobs that ended badly; nobody is mailed without it."""

    alert_email: str | None = None


class SignInSettings(_Section):
    """`per_ip` is how many codes and tries an hour one source IP may ask for; 0 is any number, as on the laptop."""

    per_ip: Annotated[int, Field(ge=0)] = 100


class Settings:
    """Sections of the environment, each a typed model; a section is checked when a function first asks for it.

    Raises Misconfigured naming the variable that is missing or cannot be understood.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @classmethod
    def from_environment(cls, *, secrets: Mapping[str, str] | None = None) -> Self:
        """`secrets` are variables that were kept elsewhere; one that the environment sets wins."""
        return cls({**(secrets or {}), **os.environ})

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Secrets that hold more variables, comma-separated in SECRET_NAMES."""
        return tuple(name.strip() for name in self._environment.get("SECRET_NAMES", "").split(",") if name.strip())

    @property
    def database(self) -> DatabaseSettings:
        return self._section(DatabaseSettings, "DATABASE_")

    @property
    def delivery(self) -> DeliverySettings:
        return self._section(DeliverySettings, "DELIVERY_")

    @property
    def dispatch(self) -> DispatchSettings:
        return self._section(DispatchSettings, "DISPATCH_")

    @property
    def retention(self) -> RetentionSettings:
        return self._section(RetentionSettings, "RETENTION_")

    @property
    def metrics(self) -> MetricsSettings:
        return self._section(MetricsSettings, "METRICS_")

    @property
    def tokens(self) -> TokenSettings:
        return self._section(TokenSettings, "JWT_")

    @property
    def webhooks(self) -> WebhookSettings:
        return self._section(WebhookSettings, "RESEND_WEBHOOK_")

    @property
    def web(self) -> WebSettings:
        return self._section(WebSettings, "WEB_")

    @property
    def badge(self) -> BadgeSettings:
        return self._section(BadgeSettings, "BADGE_")

    @property
    def system_jobs(self) -> SystemJobsSettings:
        return self._section(SystemJobsSettings, "SYSTEM_JOBS_")

    @property
    def sign_in(self) -> SignInSettings:
        return self._section(SignInSettings, "SIGN_IN_")

    @property
    def queue_urls(self) -> dict[str, str]:
        """Return the URLs by queue name: `QUEUE_URL_MOBILE_PUSH_DLQ` is that of `mobile_push-dlq`."""
        return {name: url for key, url in self._environment.items() if (name := queue_names.named_by(key))}

    def seconds(self, variable: str, default: float) -> float:
        """One number of seconds. Raises Misconfigured where it is none."""
        try:
            return float(self._environment.get(variable, default))
        except ValueError:
            raise Misconfigured(f"{variable}: must be a number of seconds") from None

    def beginning_with(self, prefixes: tuple[str, ...]) -> dict[str, str]:
        """The variables that a channel may see, as its registry entry lists them; what is empty counts as not set."""
        return {key: value for key, value in self._environment.items() if key.startswith(prefixes) and value}

    def _section(self, model: type[Section], prefix: str) -> Section:
        values = {
            name: self._environment[prefix + name.upper()]
            for name in model.model_fields
            if self._environment.get(prefix + name.upper())
        }
        try:
            return model.model_validate(values)
        except ValidationError as error:
            field, problem = invalid.first_fault(error)
            raise Misconfigured(f"{prefix}{field.partition('.')[0].upper()}: {problem}") from None
