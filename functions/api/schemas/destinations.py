"""Destinations. No response contains an address, and a secret is shown once."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from functions.api.schemas.common import IdText, Moment, NameText, RequestBody, ResponseBody


class Asks(ResponseBody):
    field: Annotated[str, Field(description="the name under which the body of POST /v1/destinations has it")]
    label: str
    form: Annotated[str, Field(json_schema_extra={"enum": ["url", "subscription", "text"]})]
    example: str


class ConnectKind(ResponseBody):
    kind: Annotated[str, Field(validation_alias="key")]
    label: str
    owned_by: Annotated[str, Field(json_schema_extra={"enum": ["person", "room"]})]
    proof: Annotated[
        str,
        Field(
            description="how it is proven: by a test with a challenge, one that arrives, one that its owner has seen, by a"
            " link, or at once",
            json_schema_extra={"enum": ["challenge", "test", "seen", "link", "at_once"]},
        ),
    ]
    asks: Annotated[Asks | None, Field(description="what one states; null if nothing")]
    untold: Annotated[
        str, Field(description="what the provider leaves open when it accepts something; empty if nothing")
    ]
    exclusive: bool
    signs: bool
    most: int


class Channel(ResponseBody):
    channel: str
    label: str
    reach: str
    kinds: list[ConnectKind]
    public_key: Annotated[str | None, Field(description="of web push, for PushManager.subscribe")]


class RoomType(ResponseBody):
    type: str
    label: str


class ChannelList(ResponseBody):
    channels: list[Channel]
    room_types: Annotated[list[RoomType], Field(description="what a team's room can be told of")]


class NewDestination(RequestBody):
    channel: Annotated[str, Field(description="as GET /v1/channels lists them")]
    kind: Annotated[str | None, Field(description="one of the channel's kinds; the first of them if left out")] = None
    url: Annotated[
        str | None, Field(description="https, port 443, a name of the internet", json_schema_extra={"format": "uri"})
    ] = None
    subscription: Annotated[
        dict[str, Any] | None, Field(description="a browser's, as `PushSubscription.toJSON()` gives it")
    ] = None
    room_id: Annotated[str | None, Field(description="the room's id at its provider")] = None
    label: Annotated[str | None, Field(description="a name for it; the URL's host if left out")] = None
    team_id: Annotated[IdText | None, Field(description="for a team's room, by its owners and admins")] = None
    types: Annotated[list[str] | None, Field(description="what a room is told of; all if left out")] = None

    def fields(self) -> dict[str, object]:
        """What a kind may ask for."""
        return {"url": self.url, "subscription": self.subscription, "room_id": self.room_id}


class DestinationChange(RequestBody):
    label: str | None = None
    state: Annotated[str | None, Field(json_schema_extra={"enum": ["live", "off"]})] = None
    types: Annotated[list[str] | None, Field(description="what a room is told of; an empty list is all")] = None


class Destination(ResponseBody):
    id: UUID
    channel: str
    kind: str
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
    team_id: UUID | None
    types: list[str] | None


class DestinationList(ResponseBody):
    destinations: list[Destination]


class DestinationResponse(ResponseBody):
    destination: Destination


class ConnectedDestination(ResponseBody):
    destination: Destination
    secret: Annotated[str | None, Field(description="signs what is sent there; null where nothing is signed")]
    connect_url: Annotated[
        str | None, Field(description="to be followed within ten minutes, where a link is the proof")
    ]


class RemovedDestination(ResponseBody):
    id: UUID


class TestOnItsWay(ResponseBody):
    delivery_id: UUID
