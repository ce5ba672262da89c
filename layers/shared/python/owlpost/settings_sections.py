"""The sections of the settings as typed models. docs/environment.md is made of their fields' descriptions."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Json, SecretStr

from owlpost.domain import endpoints
from owlpost.domain.guest_list import GuestList
from owlpost.domain.retry import RetryBounds
from owlpost.settings_brand_section import BrandSettings
from owlpost.settings_canary import CanarySettings
from owlpost.settings_embed import EmbedSettings
from owlpost.settings_section import SettingsSection, listed, mailbox
from owlpost.settings_sign_in import HostJwtSettings, SignInSettings, TokenSettings, WebhookSettings


class DatabaseSettings(SettingsSection):
    prefix = "DATABASE_"

    host: Annotated[str, AfterValidator(endpoints.host), Field(description="host of Postgres")]
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


class InstallationSettings(SettingsSection):
    """What there is in this installation at all."""

    prefix = ""

    channels: Annotated[
        tuple[str, ...],
        BeforeValidator(listed),
        Field(description="optional channels to switch on, comma-separated: `webhook`, `web_push`, `telegram`"),
    ] = ()


class DestinationSettings(SettingsSection):
    prefix = "DESTINATION_"
    model_config = ConfigDict(hide_input_in_errors=True)

    keys: Annotated[
        Annotated[tuple[Annotated[str, Field(min_length=32)], ...], BeforeValidator(listed)],
        Field(
            repr=False,
            description="secrets that seal where people are reached, comma-separated: the first one seals, all of them open",
        ),
    ] = ()


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


class MetricsSettings(SettingsSection):
    prefix = "METRICS_"

    by_type: Annotated[
        bool, Field(description="count deliveries by notification type too; CloudWatch bills each such metric")
    ] = False


class OutboxSettings(SettingsSection):
    prefix = "OUTBOX_"

    swept: Annotated[
        bool, Field(description="sweeps read the outbox too, for hosts that never nudge; nothing sleeps")
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


class DigestSettings(SettingsSection):
    prefix = "DIGEST_"

    issues_told: Annotated[bool, Field(description="the host tells of `issues` by `issue_scan_finished`")] = False


class WebSettings(SettingsSection):
    prefix = "WEB_"

    url: Annotated[
        str,
        AfterValidator(endpoints.origin),
        Field(description="address of the dashboard, to which links lead; with plain http cookies are not `Secure`"),
    ] = ""


class LineSettings(SettingsSection):
    """Where pages hold a line, and where it is told something; empty where this installation has none."""

    prefix = "LINE_"

    url: Annotated[
        Annotated[str, AfterValidator(endpoints.socket)] | None,
        Field(description="where a page opens a line: the address of API Gateway's WebSocket API"),
    ] = None
    endpoint: Annotated[
        Annotated[str, AfterValidator(endpoints.origin)] | None,
        Field(description="where the function `line` posts to open lines: `@connections` is below it"),
    ] = None


class BadgeSettings(SettingsSection):
    prefix = "BADGE_"

    updates: Annotated[
        bool,
        Field(description="update the icon when what is unread changes without a push; if not, the next push does"),
    ] = True


class SystemJobsSettings(SettingsSection):
    prefix = "SYSTEM_JOBS_"

    alert_email: Annotated[
        Annotated[str, AfterValidator(mailbox)] | None,
        Field(description="address that gets a mail about each system job that failed; without it nobody does"),
    ] = None


class CredentialSettings(SettingsSection):
    """Which of the providers' variables are set, without their values."""

    prefix = "CREDENTIALS_"

    given: Annotated[
        tuple[str, ...],
        BeforeValidator(listed),
        Field(description="variables that are set in the environment of other functions, comma-separated"),
    ] = ()
    in_secrets: Annotated[
        Json[dict[str, tuple[str, ...]]],
        Field(default_factory=dict, description="JSON: the variables of each provider's secret, by the secret's name"),
    ]


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
    EmbedSettings,
    LineSettings,
    BadgeSettings,
    SystemJobsSettings,
    CredentialSettings,
    InstallationSettings,
    DestinationSettings,
    SignInSettings,
    HostJwtSettings,
    DigestSettings,
    CanarySettings,
    BrandSettings,
)
