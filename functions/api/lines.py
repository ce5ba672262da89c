"""`/v1/lines`: a page hears at once that there is something to ask for."""

from functions.api.caller import Caller
from functions.api.error_responses import documented_responses
from functions.api.routes import new_router
from functions.api.schemas import lines as schemas
from owlpost.domain.errors import NotFound
from owlpost.wiring import api as wiring

router = new_router()


@router.post(
    "/v1/lines",
    summary="A ticket for a line",
    description=(
        'A WebSocket to `url` opens a line, once and at once. Over it comes `{"nudge":true}` when the inbox has changed; ask'
        ' then. Send `{"action":"ping"}` now and then: what is silent for ten minutes is closed.'
    ),
    tags=["inbox"],
    status_code=201,
    responses=documented_responses(201, 404),
)
def open_line(caller: Caller) -> schemas.LineTicket:
    ticket = wiring.tickets().issue(caller)
    if ticket is None:
        raise NotFound("This installation has no lines.")
    return schemas.LineTicket.model_validate(ticket)
