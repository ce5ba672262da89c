"""A part of the fan-out: the words of a request in the language of each person of its audience."""

from owlpost.domain import json_values
from owlpost.domain.requests import EnqueueRequest

#: Title and body in one language, null if the request has none in it: who has chosen `de-AT` reads `de` as well.
TRANSLATED = """(
        select coalesce(
          cast(:translations as jsonb) -> locale, cast(:translations as jsonb) -> split_part(locale, '-', 1)
        ) as words
      )"""
#: Of an audience that is joined to TRANSLATED. A translation without a body has none, whatever the request has.
TITLE = "coalesce(translated.words ->> 'title', :title)"
BODY = "case when translated.words is null then :body else translated.words ->> 'body' end"


def parameters(request: EnqueueRequest) -> dict[str, object]:
    """Return the values that these parts take."""
    translated = request.translated
    return {
        "title": request.title,
        "body": request.body,
        "translations": json_values.compact(translated) if translated else None,
    }
