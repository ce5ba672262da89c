"""A ticket for a line."""

from functions.api.schemas.common import Moment, ResponseBody


class LineTicket(ResponseBody):
    url: str
    expires_at: Moment
