"""Assumptions about people and about AWS. Every figure is printed below a bill."""

from pydantic import BaseModel, ConfigDict, Field

from owlpost.domain.types import configurable_types

HOURS = 730.0


class Assumptions(BaseModel):
    """`owlpost cost` prints the description of each field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    people_per_request: float = Field(default=10, gt=0, description="people told by one request")
    share_of_channel: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="deliveries over each queued channel for one notification: some have switched it off",
    )
    share_of_destinations: float = Field(
        default=0.1, ge=0, le=1, description="deliveries over each channel that only who connected something has"
    )
    retries: float = Field(default=0.02, ge=0, description="more receives than deliveries, for retries")
    busy_hours: float = Field(
        default=220,
        gt=0,
        le=HOURS,
        description="hours a month in which everything happens, spread evenly: 22 days of ten hours",
    )
    api_requests: float = Field(
        default=2, ge=0, description="API requests for one notification: inbox, unread count, mark as read"
    )
    pages: float = Field(default=0.3, ge=0, description="pages of the dashboard and their files for one notification")
    visits: float = Field(
        default=0.1, ge=0, description="visits for one notification, each of which wakes a paused database"
    )
    open_pages: float = Field(
        default=20, ge=0, description="browsers with an open page in all busy hours, where pages hold lines"
    )
    watched: float = Field(
        default=0.2, ge=0, description="nudges of an open page for one notification, by its arrival and by reading"
    )
    webhooks: float = Field(
        default=1, ge=0, description="events from Resend for one mail: delivered, bounced or complained of"
    )
    response_kb: float = Field(default=4, ge=0, description="KB that an answer of the API brings to a person")
    provider_kb: float = Field(default=8, ge=0, description="KB that one mail or push sends to its provider")
    database_kb: float = Field(
        default=3, ge=0, description="KB to and from the database for one delivery or API request"
    )
    pollers: int = Field(default=5, ge=1, description="long polls that Lambda keeps at each queue, full or empty")
    poll_seconds: float = Field(default=20, gt=0, description="seconds that an empty long poll lasts")
    split: float = Field(
        default=2, ge=1, description="batches that a burst is split into, as several pollers receive it"
    )
    slower: float = Field(
        default=1.2, gt=0, description="how much slower Lambda's arm64 core is than the one measured on"
    )
    cold_start_ms: float = Field(default=1_500, ge=0, description="ms of a cold start, which Lambda bills")
    sandbox_minutes: float = Field(default=6, gt=0, description="minutes that Lambda keeps an idle sandbox")
    platform_log_bytes: float = Field(
        default=450, ge=0, description="bytes of START, END and REPORT for each invocation"
    )
    access_log_bytes: float = Field(default=250, ge=0, description="bytes of the API's access log for each request")
    log_compression: float = Field(default=0.15, ge=0, description="of the logs' size, once stored")
    traced: float = Field(
        default=0.05, ge=0, le=1, description="share of invocations traced beyond the first each second"
    )
    gated: tuple[str, ...] = Field(
        default=("sweep",),
        description="schedules whose functions end without the database while nobody was told anything",
    )
    projects: int = Field(
        default=1,
        ge=0,
        description="projects that want a digest: without one, or where the host tells of its issues, the digest is gated too",
    )
    session_minutes: float = Field(default=4, ge=0, description="minutes after which the database ends an idle session")
    read: float = Field(default=0.5, ge=0, le=1, description="share that is read, and so deleted sooner")
    database_ms: float = Field(
        default=0.6,
        ge=0,
        description="ms of the database's processor for one notification with its deliveries, and for a request",
    )
    processors_per_acu: float = Field(default=0.25, gt=0, description="processors that a capacity unit stands for")
    utilisation: float = Field(
        default=0.5, gt=0, le=1, description="of the capacity that load calls for, as scaling runs ahead"
    )
    in_memory: float = Field(default=0.02, ge=0, le=1, description="share of the stored data that is to stay in memory")
    io_requests: float = Field(
        default=6, ge=0, description="reads and writes of the database's storage for one notification"
    )
    daily_change: float = Field(
        default=0.03, ge=0, description="share of the stored data that changes in a day, for backups"
    )
    metrics_per_type: int = Field(default=5, ge=0, description="metrics for each channel and type, if so")
    types: int = Field(default=len(configurable_types()), ge=0, description="types in use, if so")
