"""A request on its way in: checked, and with what makes it the same request again."""

from collections.abc import Mapping
from typing import Self

from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueRequest
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked request, its idempotency key, the fingerprint of its body, and the id that the logs call it by."""

    request: EnqueueRequest
    key: Key
    fingerprint: str
    correlation_id: str | None = None

    @classmethod
    def of(
        cls,
        request: EnqueueRequest,
        body: object,
        *,
        platform_key: Key | None = None,
        correlation_id: str | None = None,
    ) -> Self:
        """Return the request that was parsed from `body`, under the producer's key, else the platform's.

        Raises InvalidRequest where there is neither key.
        """
        key = platform_key
        if request.idempotency_key:
            key = Key.of_producer(request.idempotency_key, producer=request.producer, type_=request.type)
        if key is None:
            raise InvalidRequest("idempotency_key", "is required where the platform gives none")
        return cls(request, key, _fingerprint(body), correlation_id)

    @classmethod
    def from_json(cls, body: object, *, platform_key: Key | None = None, correlation_id: str | None = None) -> Self:
        """Return the request in a parsed JSON value. Raises InvalidRequest naming the field at fault."""
        request = EnqueueRequest.from_json(body)
        return cls.of(request, body, platform_key=platform_key, correlation_id=correlation_id)


def _fingerprint(body: object) -> str:
    """Return what makes it the same request. Not its translations: a fact told again after an update may have more of them."""
    if isinstance(body, Mapping):
        body = {name: value for name, value in body.items() if name != "translations"}
    return json_values.fingerprint(body)
