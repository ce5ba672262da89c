"""What an installation may decide: the app's context, each value with a default that suits a small one."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from infra.aws import plain_variables
from infra.topology.model import PREFIX
from owlpost.domain import endpoints
from owlpost.domain.brand import Brand
from owlpost.domain.channel import Channel
from owlpost.domain.channels import queued_with
from owlpost.domain.errors import Misconfigured
from owlpost.settings_sections import RetentionSettings

#: The name of the object in the context.
KEY = "owlpost"


class ExistingDatabase(BaseModel):
    """A Postgres that is there already. With `auth` iam its owner signs in by IAM, too: see `Database`.

    `secret` and `owner_secret` name secrets that hold DATABASE_PASSWORD; `resource_id` is what IAM knows the database by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = 5432
    name: str = "owlpost"
    user: str = "owlpost"
    owner: str | None = None
    auth: Literal["password", "iam"] = "password"
    secret: str | None = None
    owner_secret: str | None = None
    resource_id: str | None = None
    #: Whether it speaks TLS with RDS's certificate authority.
    tls: bool = True
    security_group: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.auth == "iam" and not self.resource_id:
            raise ValueError("resource_id: IAM authentication needs it")
        if self.auth == "iam" and (self.secret or self.owner_secret):
            raise ValueError(
                "secret, owner_secret: with auth iam everybody signs in by IAM, the owner as well; grant it rds_iam"
            )
        return self


class HostedZone(BaseModel):
    """A zone at Route 53 that holds the domain's records: its id, and its name such as example.com."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str


class Retention(RetentionSettings):
    """Days after which cleanup deletes what; the defaults are those of the functions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def variables(self) -> dict[str, str]:
        """What differs from the defaults, as the functions read it."""
        return {f"RETENTION_{name.upper()}": str(days) for name, days in self.model_dump(exclude_defaults=True).items()}


class Configuration(BaseModel):
    """The context's object `owlpost`. An unknown name is refused, so that a slip of the pen does not pass for a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: What all names in the account begin with: one installation for each prefix.
    prefix: str = Field(default=PREFIX, pattern=r"^[a-z][a-z0-9-]{0,19}$")
    #: The API's and the dashboard's own domain name; it needs a certificate of this region, or a zone in which to prove it.
    domain: str | None = Field(default=None, pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
    certificate: str | None = Field(default=None, pattern=r"^arn:")
    hosted_zone: HostedZone | None = None
    #: Where people reach the dashboard, if not at the domain: the API's own address where neither is set.
    web_url: str | None = Field(default=None, pattern=r"^https://[^/]+$")
    #: Origins of a product's pages that show our elements and ask the API with a token, each as https://app.example.com.
    embed_origins: tuple[Annotated[str, AfterValidator(endpoints.page_origin)], ...] = ()
    #: Whom mail is from, such as Owls <owls@example.com>; it must be verified at Resend.
    sender: str | None = None
    retention: Retention = Retention()
    alarm_email: str | None = None
    #: Somebody has subscribed to the topic by hand, so nothing warns that nobody is told.
    alarms_told_elsewhere: bool = False
    #: Whether functions have a share of the account's concurrency to themselves. A new account has ten and can spare none.
    reserve_concurrency: bool = True
    #: Starts api and enqueue from a snapshot of their memory, taken at each deployment.
    snap_start: bool = False
    #: Open pages hold a line and see at once what arrives, at about $0.01 a month for each that is open all day long.
    lines: bool = False
    #: Plain variables for the functions, such as APNS_BUNDLE_ID. No secrets: they can be read in the console.
    environment: dict[str, str] = Field(default_factory=dict)
    log_retention_days: Literal[7, 14, 30, 90, 365] = 30
    #: Counts deliveries for each type as well, as metrics and graphs: up to 91 metrics with every channel and type in use, at
    #: $0.30 a month each. Without it the log can be asked.
    metrics_by_type: bool = False
    #: An existing VPC's id; it must have private subnets with a way out. None makes one.
    vpc: str | None = None
    #: Whether the private subnets of an existing VPC have IPv6 as well; ours have.
    vpc_ipv6: bool = False
    #: How the functions reach providers by IPv4: about $37, $10 and $0 a month, with the address.
    egress: Literal["nat-gateway", "nat-instance", "ipv6-only"] = "nat-gateway"
    #: The AMI of the NAT instance; without one each deployment takes Amazon Linux's newest.
    nat_image: str | None = Field(default=None, pattern=r"^ami-[0-9a-f]+$")
    database: ExistingDatabase | None = None
    #: The major of a new Aurora. A cluster that is there is not upgraded unasked: keep the setting at its major.
    postgres_major: Literal[17, 18] = 18
    #: Aurora capacity units; 0 lets it pause.
    min_capacity: float = Field(default=0, ge=0, le=256)
    max_capacity: float = Field(default=4, ge=1, le=256)
    pause_after_minutes: int = Field(default=5, ge=5, le=1440)
    backup_days: int = Field(default=14, ge=1, le=35)
    #: A second instance in another zone, to take over within a minute; doubles what capacity costs.
    standby: bool = False
    #: Requests a second that the API takes, and in a burst.
    api_rate: int = 100
    api_burst: int = 200

    @field_validator("environment")
    @classmethod
    def _check_environment(cls, environment: dict[str, str]) -> dict[str, str]:
        plain_variables.check(environment)
        try:
            Brand.of(environment)
        except Misconfigured as error:
            raise ValueError(f"environment: {error}") from None
        return environment

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.domain and not (self.certificate or self.hosted_zone):
            raise ValueError("domain: name a certificate, or the hosted_zone in which to prove that it is yours")
        if (self.certificate or self.hosted_zone) and not self.domain:
            raise ValueError("domain: a certificate or hosted_zone is for one")
        if self.sender and "EMAIL_FROM" in self.environment:
            raise ValueError("sender: environment says EMAIL_FROM as well; leave one out")
        if self.cannot_mail and (self.sender or "EMAIL_FROM" in self.environment):
            raise ValueError(
                "egress: ipv6-only has no way to Resend or a mail server, which need IPv4; choose another, mail by SES"
                " (MAIL_SENDER), or leave the sender out"
            )
        if self.nat_image and self.egress != "nat-instance":
            raise ValueError("nat_image: it is for the egress nat-instance")
        if self.vpc_ipv6 and not self.vpc:
            raise ValueError("vpc_ipv6: it is for an existing vpc; a new one has IPv6")
        if self.database and not self.vpc:
            raise ValueError(
                "vpc: name the network of the existing database, as functions cannot reach it from another"
            )
        return self

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that have a worker: with the optional ones that `environment` names in CHANNELS."""
        return queued_with(plain_variables.listed_channels(self.environment))

    @property
    def cannot_mail(self) -> bool:
        """Whether no sender of mail is in reach: of all, SES alone is reached by IPv6, as AWS' other services are."""
        return self.egress == "ipv6-only" and self.vpc is None and self.environment.get("MAIL_SENDER") != "ses"

    @property
    def address(self) -> str | None:
        """Where people reach it, as far as it is known before the deployment."""
        return self.web_url or (f"https://{self.domain}" if self.domain else None)

    @property
    def variables(self) -> dict[str, str]:
        """Plain variables for the functions, of which each gets what its place in the topology lists."""
        sender = {"EMAIL_FROM": self.sender} if self.sender else {}
        by_type = {"METRICS_BY_TYPE": "true"} if self.metrics_by_type else {}
        embedding = {"EMBED_ORIGINS": ",".join(self.embed_origins)} if self.embed_origins else {}
        return {**self.environment, **self.retention.variables, **sender, **by_type, **embedding}

    @classmethod
    def from_context(cls, context: Mapping[str, Any] | None) -> Self:
        return cls.model_validate(context or {})
