"""The session cookie of the dashboard."""

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from owlpost.auth import LIFE
from owlpost.wiring import api as wiring

NAME = "token"


def session(token: str) -> Cookie:
    return _cookie(token, max_age=int(LIFE.total_seconds()))


def cleared() -> Cookie:
    """Return a cookie that deletes the session cookie: the dashboard's guard looks only at its presence."""
    return _cookie("", max_age=0)


def _cookie(value: str, *, max_age: int) -> Cookie:
    return Cookie(
        name=NAME,
        value=value,
        path="/",
        secure=wiring.cookies_are_secure(),
        http_only=True,
        max_age=max_age,
        same_site=SameSite.LAX_MODE,
    )
