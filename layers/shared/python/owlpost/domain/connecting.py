"""Reads what somebody states to connect a destination: the address in its one spelling, and what is sealed of it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import field

from owlpost.domain.browser_keys import is_auth, is_public_key
from owlpost.domain.connect import Ask, ConnectKind
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.value import dataclass
from owlpost.domain.webhook_urls import checked_url, host_of


@dataclass(frozen=True, slots=True)
class Stated:
    """`address` is what makes two destinations the same; "" if it is not known yet. `label` is shown in its place."""

    address: str
    content: Mapping[str, object] = field(default_factory=dict)
    label: str = ""


def read(
    kind: ConnectKind, fields: Mapping[str, object], *, more_hosts: Collection[str] = (), own: Collection[str] = ()
) -> Stated:
    """Return what the fields say. Raises InvalidRequest naming the field that is missing, too many or makes no sense.

    `more_hosts` are the operator's, see ConnectKind; `own` are the hosts of this installation.
    """
    asks = kind.asks
    given = {name: value for name, value in fields.items() if value is not None}
    for name in given:
        if asks is None or name != asks.field:
            raise InvalidRequest(name, "is not asked for here")
    if asks is None:
        return Stated("", label=kind.label)
    value = given.get(asks.field)
    if value is None:
        raise InvalidRequest(asks.field, "is required")
    if asks.form == "subscription":
        return _subscription(asks, value, kind, more_hosts)
    if not isinstance(value, str):
        raise InvalidRequest(asks.field, "must be a text")
    return _url(kind, value, more_hosts, own) if asks.form == "url" else _text(asks, value)


def _url(kind: ConnectKind, value: str, more_hosts: Collection[str], own: Collection[str] = ()) -> Stated:
    inside = {each for each in more_hosts if ":" in each}
    hosts = None if kind.hosts is None else (*kind.hosts, *(each for each in more_hosts if ":" not in each))
    url = checked_url(value, own=own, inside=inside, hosts=hosts, elsewhere=kind.elsewhere)
    return Stated(url, {"url": url}, host_of(url))


def _text(asks: Ask, value: str) -> Stated:
    text = value.strip()
    if not re.fullmatch(asks.pattern, text):
        raise InvalidRequest(asks.field, f"must look like {asks.example}")
    return Stated(text, {asks.field: text}, text)


def _subscription(asks: Ask, value: object, kind: ConnectKind, more_hosts: Collection[str]) -> Stated:
    keys = value.get("keys") if isinstance(value, Mapping) else None
    endpoint = value.get("endpoint") if isinstance(value, Mapping) else None
    if not isinstance(keys, Mapping) or not isinstance(endpoint, str):
        raise InvalidRequest(asks.field, "must be a browser's subscription: endpoint and keys")
    if not is_public_key(keys.get("p256dh")):
        raise InvalidRequest(asks.field, "keys.p256dh must be a public key of P-256 in base64url")
    if not is_auth(keys.get("auth")):
        raise InvalidRequest(asks.field, "keys.auth must be 16 bytes in base64url")
    try:
        stated = _url(kind, endpoint, more_hosts)
    except InvalidRequest as error:
        raise InvalidRequest(asks.field, f"endpoint {error.problem}") from None
    return Stated(stated.address, {**stated.content, "p256dh": keys["p256dh"], "auth": keys["auth"]}, stated.label)
