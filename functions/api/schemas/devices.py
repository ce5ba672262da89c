"""Devices. No response contains a token."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from functions.api.schemas.common import Moment, RequestBody, ResponseBody


class DeviceRegistration(RequestBody):
    channel: Annotated[str, Field(json_schema_extra={"enum": ["mobile_push"]})]
    platform: Annotated[str, Field(json_schema_extra={"enum": ["ios", "android"]})]
    token: Annotated[str, Field(json_schema_extra={"pattern": r"^[A-Za-z0-9:_.-]{1,2048}$"})]
    environment: Annotated[str | None, Field(description="sandbox; anything else is production")] = None
    app_version: str | None = None
    device_model: str | None = None
    os_version: str | None = None


class Device(ResponseBody):
    id: UUID
    channel: str
    platform: str
    environment: str
    app_version: str | None
    device_model: str | None
    os_version: str | None
    last_seen_at: Moment
    created_at: Moment


class DeviceResponse(ResponseBody):
    device: Device


class DeviceTest(ResponseBody):
    at: Moment
    status: str
    error: str | None


class DeviceList(ResponseBody):
    devices: list[Device]
    last_test: DeviceTest | None


class DeviceTestOnItsWay(ResponseBody):
    delivery_id: UUID


class DeletedDevice(ResponseBody):
    id: UUID
