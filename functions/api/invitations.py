"""`/v1/teams/…/invitations` for managers of a team, `/v1/invites` for the invited person."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from functions.api.caller import Caller
from functions.api.error_responses import PUBLIC, documented_responses
from functions.api.query import refuse_unknown_parameters
from functions.api.routes import new_router
from functions.api.schemas import teams as schemas
from owlpost.domain.invitations import Invitation
from owlpost.services.people.invitations import LARGEST_PAGE
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["teams"]


@router.post(
    "/v1/teams/<team_id>/invitations",
    summary="Invite somebody",
    tags=TAGS,
    status_code=201,
    responses=documented_responses(201, 400, 404, 409, 429),
)
def invite(caller: Caller, team_id: UUID, asked: Annotated[schemas.InvitationRequest, Body()]) -> schemas.Invitation:
    invitation = wiring.invitations().invite(caller, team_id, email=asked.email, role=asked.role)
    return _invitation_body(invitation)


@router.get(
    "/v1/teams/<team_id>/invitations",
    summary="Pending invitations",
    tags=TAGS,
    responses=documented_responses(200, 400, 404),
    middlewares=[refuse_unknown_parameters],
)
def list_invitations(
    caller: Caller,
    team_id: UUID,
    cursor: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(description="1 to 500; other values are clamped")] = LARGEST_PAGE,
) -> schemas.InvitationList:
    page = wiring.invitations().pending(caller.user.id, team_id, cursor=cursor or None, limit=limit)
    return schemas.InvitationList(
        invitations=[_invitation_body(invitation) for invitation in page.invitations],
        cursor=page.cursor,
        has_more=page.cursor is not None,
    )


@router.delete(
    "/v1/teams/<team_id>/invitations/<invitation_id>",
    summary="Withdraw an invitation",
    tags=TAGS,
    responses=documented_responses(200, 404),
)
def withdraw_invitation(caller: Caller, team_id: UUID, invitation_id: UUID) -> schemas.Deleted:
    wiring.invitations().withdraw(caller, team_id, invitation_id)
    return schemas.Deleted()


@router.post(
    "/v1/invites/accept", summary="Accept an invitation", tags=TAGS, responses=documented_responses(200, 400, 404, 410)
)
def accept_invite(caller: Caller, given: Annotated[schemas.Acceptance, Body()]) -> schemas.JoinedTeam:
    joined = wiring.invitations().accept(caller, given.token)
    return schemas.JoinedTeam.model_validate(joined)


@router.get(
    "/v1/invites/<token>",
    summary="What an invitation offers",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, 404, 410, public=True),
)
def look_at_invite(token: str) -> schemas.Offer:
    offer = wiring.invitations().look(token)
    return schemas.Offer(
        team_name=offer.team_name,
        team_slug=offer.team_slug,
        role=offer.role,
        email=offer.email,
        invited_by_name=offer.inviter_name,
        expires_at=offer.expires_at,
    )


def _invitation_body(invitation: Invitation) -> schemas.Invitation:
    inviter = schemas.Inviter(
        user_id=invitation.invited_by_user_id, name=invitation.inviter_name, email=invitation.inviter_email
    )
    return schemas.Invitation(
        id=invitation.id,
        team_id=invitation.team_id,
        email=invitation.email,
        role=invitation.role,
        invited_by=inviter,
        expires_at=invitation.expires_at,
        accepted_at=invitation.accepted_at,
        created_at=invitation.created_at,
    )
