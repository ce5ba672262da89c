"""Which language a person reads: a tag of BCP 47 with at most a script and a region, such as `de`, `de-AT` or `zh-Hant-TW`."""

import re

from owlpost import words

#: RFC 5646, 2.1: language, script and region. Extensions and variants say nothing about the wording.
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")
PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$"
#: Of a header that lists more, the first count.
MOST_ASKED = 10


def normal(value: object) -> str | None:
    """Return the tag as it is written (RFC 5646, 2.1.1), None if it is none."""
    found = _TAG.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    language, script, region = found.groups()
    return "-".join(filter(None, (language.lower(), script and script.title(), region and region.upper())))


def asked(header: str) -> list[str]:
    """Return the locales of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first; those refused are left out."""
    weighed: list[tuple[float, str]] = []
    for each in header.split(",")[:MOST_ASKED]:
        tag, _, parameter = each.strip().partition(";")
        locale, weight = normal(tag.strip()), _weight(parameter)
        if locale and weight > 0:
            weighed.append((weight, locale))
    return [locale for _, locale in sorted(weighed, key=lambda pair: -pair[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def spoken(header: str) -> str | None:
    """Return the first locale of an Accept-Language header for which there are words; None if that is English, or none."""
    for locale in asked(header):
        if locale.partition("-")[0] == words.DEFAULT:
            return None
        if words.best(locale) != words.DEFAULT:
            return locale
    return None


def of_preferences(preferences: object) -> str | None:
    """Return the locale that a person has chosen, None if they have chosen none."""
    return normal(preferences.get("locale")) if isinstance(preferences, dict) else None
