"""The cookies of the dashboard: the session, and the token by which a browser is known again."""

import secrets
from datetime import timedelta

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from owlpost.auth import LIFE
from owlpost.wiring import api as wiring

#: Browsers accept this prefix only from this very host, over https, so that no sibling domain can set the cookie. The laptop
#: speaks plain http and has no prefix.
PREFIX = "__Host-"
SESSION = "token"
BROWSER = "browser"
#: The longest life that browsers grant a cookie.
BROWSER_LIFE = timedelta(days=400)
LONGEST_BROWSER = 100


def session_token(event: APIGatewayProxyEventV2) -> str | None:
    """Return the token of our session cookie. The name of earlier versions, without prefix, is read unless it is the host's."""
    sent = event.resolved_cookies_field
    return sent.get(PREFIX + SESSION, None if wiring.host_cookie() == SESSION else sent.get(SESSION))


def host_token(event: APIGatewayProxyEventV2) -> str | None:
    """Return the host's own token, None if there is none or its cookie is not configured."""
    name = wiring.host_cookie()
    return event.resolved_cookies_field.get(name) if name else None


def session(token: str) -> list[Cookie]:
    """Return the session cookie, and what deletes its older name."""
    new = _cookie(_name(SESSION), token, max_age=LIFE)
    return [new] if SESSION in {new.name, wiring.host_cookie()} else [new, _expired(SESSION)]


def cleared() -> list[Cookie]:
    """Return what deletes the session cookie: the dashboard's guard looks only at its presence."""
    ours = dict.fromkeys((_name(SESSION), SESSION))
    return [_expired(name) for name in ours if name != wiring.host_cookie()]


def browser_token(event: APIGatewayProxyEventV2) -> str | None:
    """Return the token of this browser, None if it has none."""
    token = event.resolved_cookies_field.get(_name(BROWSER))
    return token if token and len(token) <= LONGEST_BROWSER else None


def new_browser_token() -> str:
    return secrets.token_urlsafe(32)


def browser(token: str) -> Cookie:
    """Return the cookie by which we know this browser again."""
    return _cookie(_name(BROWSER), token, max_age=BROWSER_LIFE)


def _name(name: str) -> str:
    return PREFIX + name if wiring.cookies_are_secure() else name


def _expired(name: str) -> Cookie:
    return _cookie(name, "", max_age=timedelta(0))


def _cookie(name: str, value: str, *, max_age: timedelta) -> Cookie:
    return Cookie(
        name=name,
        value=value,
        path="/",
        secure=wiring.cookies_are_secure(),
        http_only=True,
        max_age=int(max_age.total_seconds()),
        same_site=SameSite.LAX_MODE,
    )
