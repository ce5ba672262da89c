"""The environment as typed settings, read once and checked at cold start. No other module reads the environment."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Json, SecretStr, ValidationError

from owlpost.domain import function_names, invalid, queue_names
from owlpost.domain.errors import Misconfigured
from owlpost.domain.retry import RetryBounds
from owlpost.domain.webhooks import check_secret


class _Section(BaseModel):
    """A section of the settings. Its validator is built at first use: each takes a millisecond of a cold start."""

    model_config = ConfigDict(frozen=True, defer_build=True)


Section = TypeVar("Section", bound=_Section)


class DatabaseSettings(_Section):
    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 5432
    name: str = "owlpost"
    user: str = "owlpost"
    password: SecretStr | None = None
    #: A PEM file with the certificate authority to trust; without it the connection is not encrypted, as on the laptop.
    tls_authority: str | None = None
    #: `iam` signs a password for each connect with the function's own role.
    auth: Literal["password", "iam"] = "password"
    #: The roles that a migration makes, each with its zones of trust; none if every function connects as the owner.
    roles: Annotated[Json[dict[str, tuple[str, ...]]], Field(default_factory=dict)]


class DeliverySettings(_Section):
    """The topology's decisions for the worker of one channel."""

    channel: str
    retry: Annotated[Json[RetryBounds], Field(default_factory=RetryBounds)]
    lease_seconds: float = 35.0
    #: Time kept free at the end of the function's time, to settle the batch after the adapter has returned.
    settle_seconds: float = 5.0
    max_receives: int = 8


class DispatchSettings(_Section):
    """`chunk_size` is how many people one transaction notifies; a larger team continues in chunks."""

    chunk_size: Annotated[int, Field(ge=1)] = 10_000


class RetentionSettings(_Section):
    """How many days cleanup keeps each kind of row."""

    read_days: int = 30
    unread_days: int = 180
    deleted_days: int = 90
    receipt_days: int = 30


def _listed(text: object) -> object:
    return [each.strip() for each in text.split(",") if each.strip()] if isinstance(text, str) else text


class MetricsSettings(_Section):
    """`by_type`: whether to count deliveries by notification type too. CloudWatch bills each such metric."""

    by_type: bool = False


class TokenSettings(_Section):
    """Secrets that sign session tokens, comma-separated: the first one signs, all are accepted."""

    model_config = ConfigDict(hide_input_in_errors=True)

    keys: Annotated[
        tuple[Annotated[str, Field(min_length=32)], ...],
        BeforeValidator(_listed),
        Field(min_length=1, repr=False),
    ]


class WebhookSettings(_Section):
    """Secrets with which Resend signs webhooks, comma-separated: all are accepted, so that one can be replaced."""

    model_config = ConfigDict(hide_input_in_errors=True)

    secrets: Annotated[
        tuple[Annotated[str, AfterValidator(check_secret)], ...],
        BeforeValidator(_listed),
        Field(min_length=1, repr=False),
    ]


class WebSettings(_Section):
    """`url` is the address of the dashboard; with plain http, as on the laptop, cookies are not `Secure`."""

    url: str = ""


class BadgeSettings(_Section):
    """`updates`: whether reading elsewhere updates the badge at once; if not, the next push does."""

    updates: bool = True


class SystemJobsSettings(_Section):
    """`alert_email` gets a mail about each system job that failed; without it nobody does."""

    alert_email: str | None = None


class CredentialSettings(_Section):
    """Which of the providers' variables are set, without their values.

    `given` are those in the environment of other functions; `in_secrets` are the variables of each secret, by its name.
    """

    given: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    in_secrets: Annotated[Json[dict[str, tuple[str, ...]]], Field(default_factory=dict)]


class SignInSettings(_Section):
    """`per_ip` bounds the codes and tries an hour from one IP address; 0 means no bound, as on the laptop."""

    per_ip: Annotated[int, Field(ge=0)] = 100


class Settings:
    """Sections of the environment, each a typed model, checked at its first use.

    A section raises Misconfigured naming the variable that is missing or invalid.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @classmethod
    def from_environment(cls, *, secrets: Mapping[str, str] | None = None) -> Self:
        """Return the settings of this process. `secrets` are variables kept in a secret store; the environment wins."""
        return cls({**(secrets or {}), **os.environ})

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Return the names of the secrets that hold more variables, comma-separated in SECRET_NAMES."""
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
    def function_names(self) -> dict[str, str]:
        """Return the names in the account of the functions that this one starts: `FUNCTION_ALERT` is that of `alert`."""
        return {name: value for key, value in self._environment.items() if (name := function_names.named_by(key))}

    @property
    def credentials(self) -> CredentialSettings:
        return self._section(CredentialSettings, "CREDENTIALS_")

    @property
    def queue_urls(self) -> dict[str, str]:
        """Return the URLs by queue name: `QUEUE_URL_MOBILE_PUSH_DLQ` is that of `mobile_push-dlq`."""
        return {name: url for key, url in self._environment.items() if (name := queue_names.named_by(key))}

    def seconds(self, variable: str, default: float) -> float:
        """Return the variable as a number of seconds. Raises Misconfigured if it is no number."""
        try:
            return float(self._environment.get(variable, default))
        except ValueError:
            raise Misconfigured(f"{variable}: must be a number of seconds") from None

    def beginning_with(self, prefixes: tuple[str, ...]) -> dict[str, str]:
        """Return the variables that a channel may see, as its registry entry lists them. Empty ones count as not set."""
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
