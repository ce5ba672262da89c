"""`/v1/devices`: the caller's phones, which receive pushes."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.request import Request

from functions.api.caller import Caller
from functions.api.error_responses import documented_responses
from functions.api.language import words_for
from functions.api.query import refuse_unknown_parameters
from functions.api.routes import new_router
from functions.api.schemas import devices as schemas
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["devices"]


@router.post(
    "/v1/devices", summary="Register a device", tags=TAGS, status_code=201, responses=documented_responses(201, 400)
)
def register_device(caller: Caller, stated: Annotated[schemas.DeviceRegistration, Body()]) -> schemas.DeviceResponse:
    device = wiring.devices().register(caller.user.id, stated.model_dump(), source_hash=caller.source_hash)
    return schemas.DeviceResponse(device=schemas.Device.model_validate(device))


@router.get(
    "/v1/devices",
    summary="My devices",
    tags=TAGS,
    responses=documented_responses(200, 400),
    middlewares=[refuse_unknown_parameters],
)
def list_devices(caller: Caller) -> schemas.DeviceList:
    devices = wiring.devices().all_of(caller.user.id)
    last = wiring.device_tests().last(caller.user.id)
    return schemas.DeviceList(
        devices=[schemas.Device.model_validate(device) for device in devices],
        last_test=schemas.DeviceTest.model_validate(last) if last else None,
    )


@router.post(
    "/v1/devices/test",
    summary="Send a test to my devices",
    description="It goes the way of every push, and the list says how it ended. One in ten seconds, twenty a day.",
    tags=TAGS,
    status_code=202,
    responses=documented_responses(202, 404),
)
def test_devices(caller: Caller, request: Request) -> schemas.DeviceTestOnItsWay:
    return schemas.DeviceTestOnItsWay(
        delivery_id=wiring.device_tests().send(caller.user.id, words_for(request, caller.user))
    )


@router.delete(
    "/v1/devices/<device_id>", summary="Forget a device", tags=TAGS, responses=documented_responses(200, 404)
)
def delete_device(caller: Caller, device_id: UUID) -> schemas.DeletedDevice:
    wiring.devices().remove(caller.user.id, device_id)
    return schemas.DeletedDevice(id=device_id)
