"""`/v1/channels` and `/v1/destinations`: where the caller is reached beside mail and phone, and what they can connect."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.event_handler.request import Request

from functions.api.caller import Caller
from functions.api.error_responses import documented_responses
from functions.api.language import words_for
from functions.api.query import refuse_unknown_parameters
from functions.api.routes import new_router
from functions.api.schemas import destinations as schemas
from owlpost.domain import labels
from owlpost.services.people.connecting import Asked, room_types
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["destinations"]
CONNECTING = """\
`GET /v1/channels` says what each kind asks for. The destination is `unverified` until its owner has proven it. A webhook is
proven by a test: `POST …/test` posts a signed `owlpost.challenge`, and the receiver answers with a 2xx and the challenge in
its body. `secret` signs what is sent there, by the Standard Webhooks specification; no later response shows it.
"""


@router.get(
    "/v1/channels",
    summary="What can be connected here",
    tags=TAGS,
    responses=documented_responses(200, 400),
    middlewares=[refuse_unknown_parameters],
)
def list_channels(caller: Caller, request: Request) -> schemas.ChannelList:
    keys, words = wiring.public_keys(), words_for(request, caller.user)
    return schemas.ChannelList(
        channels=[
            schemas.Channel(
                channel=each.key,
                label=labels.of_channel(each.key, words),
                reach=each.reach,
                kinds=[schemas.ConnectKind.model_validate(kind) for kind in each.connect.kinds],
                public_key=keys.get(each.key),
            )
            for each in wiring.destination_channels()
            if each.connect
        ],
        room_types=[schemas.RoomType(type=each.key, label=labels.of_type(each.key, words)) for each in room_types()],
    )


@router.get(
    "/v1/destinations",
    summary="Where I am reached, or the rooms of one of my teams",
    tags=TAGS,
    responses=documented_responses(200, 400, 404),
    middlewares=[refuse_unknown_parameters],
)
def list_destinations(caller: Caller, team_id: Annotated[UUID | None, Query()] = None) -> schemas.DestinationList:
    service = wiring.destinations()
    found = service.rooms_of(caller.user.id, team_id) if team_id else service.all_of(caller.user.id)
    return schemas.DestinationList(destinations=[schemas.Destination.model_validate(each) for each in found])


@router.post(
    "/v1/destinations",
    summary="Connect a destination",
    description=CONNECTING,
    tags=TAGS,
    status_code=201,
    responses=documented_responses(201, 400, 403, 404, 409),
)
def connect(caller: Caller, stated: Annotated[schemas.NewDestination, Body()]) -> schemas.ConnectedDestination:
    asked = Asked(stated.channel, stated.kind, stated.fields(), stated.label, stated.team_id, stated.types)
    new = wiring.destinations().connect(caller.user.id, asked, caller.session_id)
    return schemas.ConnectedDestination.model_validate(new)


@router.patch(
    "/v1/destinations/<destination_id>",
    summary="Rename a destination, or switch it on or off",
    description="A room whose kind is proven by `seen` goes `live` once a test was taken there, and its owner switches it on.",
    tags=TAGS,
    responses=documented_responses(200, 400, 404, 409),
)
def change(
    caller: Caller, destination_id: UUID, change: Annotated[schemas.DestinationChange, Body()]
) -> schemas.DestinationResponse:
    changed = wiring.destinations().change(
        caller.user.id, destination_id, label=change.label, state=change.state, types=change.types
    )
    return schemas.DestinationResponse(destination=schemas.Destination.model_validate(changed))


@router.delete(
    "/v1/destinations/<destination_id>",
    summary="Remove a destination",
    tags=TAGS,
    responses=documented_responses(200, 404),
)
def remove(caller: Caller, destination_id: UUID) -> schemas.RemovedDestination:
    wiring.destinations().remove(caller.user.id, destination_id)
    return schemas.RemovedDestination(id=destination_id)


@router.post(
    "/v1/destinations/<destination_id>/test",
    summary="Send a test",
    description="It goes the way of every delivery, and the list says how it ended. One in ten seconds, twenty a day.",
    tags=TAGS,
    status_code=202,
    responses=documented_responses(202, 404),
)
def test(caller: Caller, request: Request, destination_id: UUID) -> schemas.TestOnItsWay:
    words = words_for(request, caller.user)
    return schemas.TestOnItsWay(delivery_id=wiring.destinations().test(caller.user.id, destination_id, words))


@router.post(
    "/v1/destinations/<destination_id>/rotate-secret",
    summary="Sign with a new secret",
    description="For 24 hours the former secret signs as well, so that a receiver can take the new one at its leisure.",
    tags=TAGS,
    responses=documented_responses(200, 404),
)
def rotate_secret(caller: Caller, destination_id: UUID) -> schemas.ConnectedDestination:
    rotated = wiring.destinations().rotate_secret(caller.user.id, destination_id)
    return schemas.ConnectedDestination.model_validate(rotated)
