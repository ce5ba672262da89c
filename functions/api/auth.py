"""`/v1/auth`: signing in by a mailed code, and signing out."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.request import Request
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.api import cookies
from functions.api.caller import Caller
from functions.api.error_responses import JSON, PUBLIC, may_answer
from functions.api.routes import new_router
from functions.api.schemas import account as schemas
from functions.api.schemas.common import Success
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["sign in"]


@router.post(
    "/v1/auth/send-code",
    summary="Mail a sign-in code",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=may_answer(200, 400, 429, public=True),
)
def send_code(request: Request, asked: Annotated[schemas.CodeRequest, Body()]) -> schemas.Message:
    wiring.sign_in().send_code(asked.email, ip=_source_ip(request))
    return schemas.Message(message="A code is on its way to you.")


@router.post(
    "/v1/auth/verify-code",
    summary="Sign in with a code",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=may_answer(200, 201, 400, 401, 429, public=True),
)
def verify_code(request: Request, given: Annotated[schemas.CodeTry, Body()]) -> Response[schemas.SignedInAnswer]:
    signed_in = wiring.sign_in().verify_code(given.email, given.code, ip=_source_ip(request))
    return Response(
        status_code=HTTPStatus.CREATED.value if signed_in.is_new_user else HTTPStatus.OK.value,
        content_type=JSON,
        body=schemas.SignedInAnswer.model_validate(signed_in),
        cookies=[cookies.session(signed_in.token)],
    )


@router.post("/v1/auth/logout", summary="Sign out", tags=TAGS, responses=may_answer(200))
def log_out(caller: Caller) -> Response[Success]:
    wiring.accounts().sign_out(caller)
    return Response(200, JSON, Success(), cookies=[cookies.cleared()])


def _source_ip(request: Request) -> str:
    return APIGatewayProxyEventV2(request.resolved_event.raw_event).request_context.http.source_ip
