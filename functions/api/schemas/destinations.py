"""Destinations. No response contains an address, and a secret is shown once."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from functions.api.schemas.common import Moment, NameText, RequestBody, ResponseBody


class Channel(ResponseBody):
    channel: str
    label: str


class ChannelList(ResponseBody):
    channels: list[Channel]


class NewDestination(RequestBody):
    channel: Annotated[str, Field(json_schema_extra={"enum": ["webhook"]})]
    url: Annotated[
        str, Field(description="https, port 443, a name of the internet", json_schema_extra={"format": "uri"})
    ]
    label: Annotated[str | None, Field(description="a name for it; the URL's host if left out")] = None


class DestinationChange(RequestBody):
    label: str | None = None
    state: Annotated[str | None, Field(json_schema_extra={"enum": ["live", "off"]})] = None


class Destination(ResponseBody):
    id: UUID
    channel: str
    label: NameText
    state: Annotated[str, Field(json_schema_extra={"enum": ["unverified", "live", "off", "dead"]})]
    verified_at: Moment | None
    last_ok_at: Moment | None
    last_error: str | None
    last_error_at: Moment | None
    failing_since: Moment | None
    created_at: Moment
    tested_at: Moment | None
    test_status: str | None
    test_error: str | None


class DestinationList(ResponseBody):
    destinations: list[Destination]


class DestinationResponse(ResponseBody):
    destination: Destination


class ConnectedDestination(ResponseBody):
    destination: Destination
    secret: str


class RemovedDestination(ResponseBody):
    id: UUID


class TestOnItsWay(ResponseBody):
    delivery_id: UUID
