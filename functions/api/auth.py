"""`/v1/auth`: sign in with a mailed code, see and end sessions, and sign out."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.event_handler.request import Request
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.api import cookies
from functions.api.caller import Caller, visit
from functions.api.error_responses import JSON, PUBLIC, documented_responses
from functions.api.query import refuse_unknown_parameters
from functions.api.routes import new_router
from functions.api.schemas import account as schemas
from functions.api.schemas.common import Success
from owlpost.domain.people import Visit
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["sign in"]
ON_ITS_WAY = "A code is on its way to you."
PERHAPS_ON_ITS_WAY = "A code should be on its way to you. If none arrives within a minute, please ask for a new one."


@router.post(
    "/v1/auth/send-code",
    summary="Mail a sign-in code",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, 400, 403, 429, public=True),
)
def send_code(request: Request, asked: Annotated[schemas.CodeRequest, Body()]) -> Response[schemas.Message]:
    sender = _visit(request)
    is_sent = wiring.sign_in().send_code(asked.email, sender)
    body = schemas.Message(message=ON_ITS_WAY if is_sent else PERHAPS_ON_ITS_WAY)
    return Response(200, JSON, body, cookies=_browser_cookies(sender))


@router.post(
    "/v1/auth/verify-code",
    summary="Sign in with a code",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, 201, 400, 401, 403, 429, public=True),
)
def verify_code(request: Request, given: Annotated[schemas.CodeTry, Body()]) -> Response[schemas.SignInResponse]:
    sender = _visit(request)
    signed_in = wiring.sign_in().verify_code(given.email, given.code, sender)
    return Response(
        status_code=HTTPStatus.CREATED.value if signed_in.is_new_user else HTTPStatus.OK.value,
        content_type=JSON,
        body=schemas.SignInResponse.model_validate(signed_in),
        cookies=[*cookies.session(signed_in.token), *_browser_cookies(sender)],
    )


@router.post("/v1/auth/logout", summary="Sign out", tags=TAGS, responses=documented_responses(200))
def log_out(caller: Caller) -> Response[Success]:
    wiring.accounts().sign_out(caller)
    return Response(200, JSON, Success(), cookies=cookies.cleared())


@router.get("/v1/auth/sessions", summary="My sessions", tags=TAGS, responses=documented_responses(200))
def list_sessions(caller: Caller) -> schemas.SessionList:
    found = wiring.accounts().sessions_of(caller)
    shown = [
        schemas.Session(
            id=session.id,
            device=session.device,
            is_current=session.id == caller.session_id,
            started_at=session.started_at,
            last_used_at=session.last_used_at,
        )
        for session in found
    ]
    return schemas.SessionList(sessions=shown)


@router.delete(
    "/v1/auth/sessions",
    summary="End all my sessions",
    tags=TAGS,
    responses=documented_responses(200, 400),
    middlewares=[refuse_unknown_parameters],
)
def end_all_sessions(
    caller: Caller,
    keep: Annotated[Literal["current"] | None, Query(description="`current` ends all sessions but this one")] = None,
) -> Response[Success]:
    wiring.accounts().end_all_sessions(caller, keep_this=keep is not None)
    return Response(200, JSON, Success(), cookies=[] if keep else cookies.cleared())


@router.delete(
    "/v1/auth/sessions/<session_id>", summary="End a session", tags=TAGS, responses=documented_responses(200, 404)
)
def end_session(caller: Caller, session_id: UUID) -> Success:
    wiring.accounts().end_session(caller, str(session_id))
    return Success()


def _visit(request: Request) -> Visit:
    """Return what the request says about its sender; a browser without a token gets a new one."""
    sender = visit(APIGatewayProxyEventV2(request.resolved_event.raw_event))
    return sender if sender.browser else replace(sender, browser=cookies.new_browser_token())


def _browser_cookies(sender: Visit) -> list[Cookie]:
    return [cookies.browser(sender.browser)] if sender.browser else []
