"""`/v1/auth/me`: the caller's profile, and their choice of channels for each type."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.request import Request

from functions.api.caller import Caller
from functions.api.error_responses import documented_responses
from functions.api.language import words_for
from functions.api.routes import new_router
from functions.api.schemas import account as schemas
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.preferences import channel_switches, choices
from owlpost.wiring import api as wiring
from owlpost.words import Words

router = new_router()
TAGS = ["me"]
#: Shown in the OpenAPI document. `owlpost.domain.preferences_patch` holds the rules.
PATCH_RULES = """\
Kept: everything that the patch does not name, also keys of the host product that Owlpost does not know.

Merged: `preferences.version` (a whole number), `preferences.locale` (the language of mails, notifications and pages: a tag such
as `de` or `de-AT`; `null` removes it), `preferences.ui` and `preferences.notifications`, each member by itself, so
two clients that change different members do not overwrite each other.
- `notifications.types.<type>.<channel>`: `true` or `false` is the person's choice; `null` removes it, and the default applies.
- `notifications.channels.<channel>`: `false` switches the whole channel off, but for types that cannot be switched off; what
  was chosen for types and projects is kept for later. `true` or `null` ends that.
- `notifications.projects.<id>.<type or *>.<channel>`: the same for the events of one project. It wins over the type's own
  choice.
- `notifications.paused_until`: a time such as `2026-12-01T09:00:00Z`. Until then only the inbox is filled; mail and push are
  skipped.
- `notifications.quiet_hours`: `{"start": "22:00", "end": "07:00", "time_zone": "Europe/Berlin", "days": [1, 2, 3, 4, 5]}`. Mail
  and push wait until they end. `days` are those on which they begin, 1 for Monday; every day if left out.
- `notifications.email_after_minutes`: 0, 5, 15 or 60. A mail waits so long, and is not sent if the person reads it in the inbox
  first. `null` removes any of these three.
- `ui.columns.events` and `ui.columns.users`: `{"order": [names]}` replaces the order as a whole.
- `ui.dashboard.sparklineWindowDays`: 7, 14, 30, 60 or 90. `ui.dashboard.magnitudeWindowHours`: 1, 24, 168 or 720.

Dropped without an error: other top-level keys, unknown types and channels, and values that are not listed above. The
response has the preferences as they are stored now.

Refused with 400: neither `name` nor `preferences`, a `name` that is not 1 to 255 characters, `preferences` that is no object.
"""


@router.get("/v1/auth/me", summary="Who I am", tags=TAGS, responses=documented_responses(200))
def me(caller: Caller, request: Request) -> schemas.Me:
    user = caller.user
    words = words_for(request, user)
    return schemas.Me(
        user=schemas.User.model_validate(user),
        teams=[schemas.Team.model_validate(team) for team in wiring.accounts().teams_of(user.id)],
        notification_types=[schemas.TypeChoices.model_validate(choice) for choice in choices(user.preferences, words)],
        notification_channels=_switches(user.preferences, words),
    )


@router.patch(
    "/v1/auth/me",
    summary="Change name or preferences",
    description=PATCH_RULES,
    tags=TAGS,
    responses=documented_responses(200, 400),
)
def change_me(
    caller: Caller, request: Request, change: Annotated[schemas.ProfileChange, Body()]
) -> schemas.ChangedProfile:
    if change.name is None and change.preferences is None:
        raise InvalidRequest("name", "or preferences must be given")
    user = wiring.accounts().change(caller.user.id, name=change.name, preferences=change.preferences)
    words = words_for(request, user)
    return schemas.ChangedProfile(
        user=schemas.User.model_validate(user),
        notification_types=[schemas.TypeChoices.model_validate(choice) for choice in choices(user.preferences, words)],
        notification_channels=_switches(user.preferences, words),
    )


def _switches(preferences: object, words: Words) -> list[schemas.ChannelSwitch]:
    return [schemas.ChannelSwitch.model_validate(each) for each in channel_switches(preferences, words)]
