"""In which language a request is answered: the one that its person has chosen, else the one that its browser asks for."""

from aws_lambda_powertools.event_handler.request import Request

from owlpost.domain import locales
from owlpost.domain.people import User
from owlpost.wiring import api as wiring
from owlpost.words import Words, of


def locale_of(request: Request, user: User | None = None) -> str | None:
    """Return the locale, None for English."""
    chosen = user.locale if user else None
    return chosen or locales.spoken(request.headers.get("accept-language", ""))


def words_for(request: Request, user: User | None = None) -> Words:
    """Return the words in which it is answered."""
    return of(locale_of(request, user), wiring.brand().name)
