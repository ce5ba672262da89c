"""`/v1/health`: whether the service and its database are up."""

from functions.api.error_responses import PUBLIC, documented_responses
from functions.api.routes import new_router
from functions.api.schemas import common as schemas
from owlpost.wiring import api as wiring

router = new_router()


@router.get(
    "/v1/health",
    summary="Is it up?",
    tags=["health"],
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, public=True),
)
def health() -> schemas.Health:
    wiring.check_database()
    return schemas.Health()
