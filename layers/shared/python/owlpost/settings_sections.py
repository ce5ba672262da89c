"""The sections of the settings as typed models. docs/environment.md is made of their fields' descriptions."""

from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Json, SecretStr, model_validator

from owlpost.domain.guest_list import GuestList
from owlpost.domain.retry import RetryBounds
from owlpost.domain.webhooks import check_secret


class SettingsSection(BaseModel):
    """A section of the settings: variables that begin with `prefix`, each with its meaning for docs/environment.md.

    Its validator is built at first use: each takes a millisecond of a cold start.
    """

    prefix: ClassVar[str]
    model_config = ConfigDict(frozen=True, defer_build=True)


Section = TypeVar("Section", bound=SettingsSection)


class DatabaseSettings(SettingsSection):
    prefix = "DATABASE_"

    host: Annotated[str, Field(description="host of Postgres")]
    port: Annotated[int, Field(ge=1, le=65_535, description="port of Postgres")] = 5432
    name: Annotated[str, Field(description="name of the database")] = "owlpost"
    user: Annotated[str, Field(description="user that the function connects as")] = "owlpost"
    password: Annotated[SecretStr | None, Field(description="password of the user")] = None
    tls_authority: Annotated[
        str | None,
        Field(
            description="PEM file with the certificate authority to trust; without it nothing is encrypted, as on the laptop"
        ),
    ] = None
    auth: Annotated[
        Literal["password", "iam"],
        Field(description="`iam` signs a password for each connect with the function's own role"),
    ] = "password"
    roles: Annotated[
        Json[dict[str, tuple[str, ...]]],
        Field(
            default_factory=dict,
            description="JSON: roles that a migration makes, each with its zones of trust; none: all connect as the owner",
        ),
    ]


class DeliverySettings(SettingsSection):
    """The topology's decisions for the worker of one channel."""

    prefix = "DELIVERY_"

    channel: Annotated[str, Field(description="channel that the worker delivers over")]
    retry: Annotated[Json[RetryBounds], Field(default_factory=RetryBounds, description="JSON: bounds of the retries")]
    lease_seconds: Annotated[float, Field(description="how long a claimed delivery belongs to its worker")] = 35.0
    settle_seconds: Annotated[
        float,
        Field(
            description="time kept free at the end of the function's time, to settle the batch after the adapter has returned"
        ),
    ] = 5.0
    max_receives: Annotated[
        int, Field(description="receives after which SQS moves a message to the dead-letter queue")
    ] = 8


class DispatchSettings(SettingsSection):
    prefix = "DISPATCH_"

    chunk_size: Annotated[
        int, Field(ge=1, description="how many people one transaction notifies; a larger team continues in chunks")
    ] = 10_000


class BrakeSettings(SettingsSection):
    """How much is too much: what comes beyond it is kept back, and nothing is lost. Mandatory types pass."""

    prefix = "BRAKE_"

    per_producer: Annotated[
        int | None,
        Field(ge=1, description="requests a minute of one producer; what comes beyond is held until `owlpost let-go`"),
    ] = None
    per_person: Annotated[
        int | None,
        Field(
            ge=1,
            description="notifications of one type that a person gets in an hour of the clock; the rest is in the inbox only",
        ),
    ] = None


class RetentionSettings(SettingsSection):
    """How many days cleanup keeps each kind of row."""

    prefix = "RETENTION_"

    read_days: Annotated[int, Field(description="days that a notification is kept after it was read")] = 30
    unread_days: Annotated[int, Field(description="days that a notification is kept that was never read")] = 180
    deleted_days: Annotated[int, Field(description="days that a notification is kept after its reader deleted it")] = 90
    receipt_days: Annotated[
        int, Field(description="days that the receipt of a request is kept; an audit looks back no further")
    ] = 30


def _listed(text: object) -> object:
    return [each.strip() for each in text.split(",") if each.strip()] if isinstance(text, str) else text


class MetricsSettings(SettingsSection):
    prefix = "METRICS_"

    by_type: Annotated[
        bool, Field(description="count deliveries by notification type too; CloudWatch bills each such metric")
    ] = False


class OutboxSettings(SettingsSection):
    prefix = "OUTBOX_"

    swept: Annotated[
        bool,
        Field(
            description="each sweep looks into the outbox, for hosts that write and do not nudge; keeps the database awake"
        ),
    ] = False


def _guest_list(text: object) -> object:
    return GuestList.parse(text) if isinstance(text, str) else text


class GuestSettings(SettingsSection):
    prefix = "GUEST_"

    list: Annotated[
        Annotated[GuestList | None, BeforeValidator(_guest_list)],
        Field(
            description="for staging: the only addresses, `@domains` and device tokens that are reached, comma-separated;"
            " a listed address admits its person's devices. Without it everybody is reached"
        ),
    ] = None


class TokenSettings(SettingsSection):
    prefix = "JWT_"
    model_config = ConfigDict(hide_input_in_errors=True)

    keys: Annotated[
        Annotated[tuple[Annotated[str, Field(min_length=32)], ...], BeforeValidator(_listed)],
        Field(
            min_length=1,
            repr=False,
            description="secrets that sign session tokens, comma-separated: the first one signs, all are accepted",
        ),
    ]


class WebhookSettings(SettingsSection):
    prefix = "RESEND_WEBHOOK_"
    model_config = ConfigDict(hide_input_in_errors=True)

    secrets: Annotated[
        Annotated[tuple[Annotated[str, AfterValidator(check_secret)], ...], BeforeValidator(_listed)],
        Field(
            min_length=1,
            repr=False,
            description="secrets with which Resend signs webhooks, comma-separated: all are accepted",
        ),
    ]


class WebSettings(SettingsSection):
    prefix = "WEB_"

    url: Annotated[
        str,
        Field(description="address of the dashboard, to which links lead; with plain http cookies are not `Secure`"),
    ] = ""


class BadgeSettings(SettingsSection):
    prefix = "BADGE_"

    updates: Annotated[
        bool, Field(description="update the badge at once when somebody reads elsewhere; if not, the next push does")
    ] = True


class SystemJobsSettings(SettingsSection):
    prefix = "SYSTEM_JOBS_"

    alert_email: Annotated[
        str | None,
        Field(description="address that gets a mail about each system job that failed; without it nobody does"),
    ] = None


class CredentialSettings(SettingsSection):
    """Which of the providers' variables are set, without their values."""

    prefix = "CREDENTIALS_"

    given: Annotated[
        tuple[str, ...],
        BeforeValidator(_listed),
        Field(description="variables that are set in the environment of other functions, comma-separated"),
    ] = ()
    in_secrets: Annotated[
        Json[dict[str, tuple[str, ...]]],
        Field(default_factory=dict, description="JSON: the variables of each provider's secret, by the secret's name"),
    ]


class HostJwtSettings(SettingsSection):
    """The host product's own sign-in. Its three first variables belong together."""

    prefix = "HOST_JWT_"

    issuer: Annotated[
        str | None, Field(description="`iss` of the host's own tokens, which the API then takes as well as ours")
    ] = None
    audience: Annotated[str | None, Field(description="`aud` that the host's tokens must name")] = None
    jwks_url: Annotated[
        str | None,
        Field(pattern=r"^(https://|http://127\.0\.0\.1[:/])", description="address of the host's public keys (JWKS)"),
    ] = None
    user_by: Annotated[
        Literal["id", "email"],
        Field(description="how the host's user is found: by the id in `sub`, or by the claim `email`"),
    ] = "id"

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = (self.issuer, self.audience, self.jwks_url)
        if any(named) and not all(named):
            raise ValueError("issuer, audience and jwks_url belong together")
        return self


class SignInSettings(SettingsSection):
    prefix = "SIGN_IN_"

    per_ip: Annotated[
        int,
        Field(
            ge=0,
            description="bound on the codes and tries an hour from one IP address; 0 means no bound, as on the laptop",
        ),
    ] = 100


#: Every section, for whoever lists or checks all of them.
SECTIONS: tuple[type[SettingsSection], ...] = (
    DatabaseSettings,
    DeliverySettings,
    DispatchSettings,
    BrakeSettings,
    RetentionSettings,
    MetricsSettings,
    OutboxSettings,
    GuestSettings,
    TokenSettings,
    WebhookSettings,
    WebSettings,
    BadgeSettings,
    SystemJobsSettings,
    CredentialSettings,
    SignInSettings,
    HostJwtSettings,
)
