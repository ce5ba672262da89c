"""Maps answers of APNs to what they mean. Source: Apple, "Handling notification responses from APNs"."""

from datetime import UTC, datetime

from owlpost.channels.http2.exchange import Response
from owlpost.channels.provider_answer import Meaning, document, storable
from owlpost.channels.unknown_answers import tell_of_unknown

#: By the `reason` in the body, which is more exact than the status.
REASONS: dict[str, Meaning] = {
    # 400
    "BadCollapseId": Meaning.REFUSED,
    "BadDeviceToken": Meaning.OTHER_ENVIRONMENT,
    "BadExpirationDate": Meaning.REFUSED,
    "BadMessageId": Meaning.REFUSED,
    "BadPriority": Meaning.REFUSED,
    "BadTopic": Meaning.OPERATOR,
    "DeviceTokenNotForTopic": Meaning.OTHER_APP,
    "DuplicateHeaders": Meaning.REFUSED,
    "IdleTimeout": Meaning.PASSES,
    "InvalidPushType": Meaning.REFUSED,
    "MissingDeviceToken": Meaning.REFUSED,
    "MissingTopic": Meaning.OPERATOR,
    "PayloadEmpty": Meaning.REFUSED,
    "TopicDisallowed": Meaning.OPERATOR,
    # 403
    "BadCertificate": Meaning.OPERATOR,
    "BadCertificateEnvironment": Meaning.OPERATOR,
    "BadEnvironmentKeyIdInToken": Meaning.OPERATOR,
    "BadEnvironmentKeyInToken": Meaning.OPERATOR,
    "ExpiredProviderToken": Meaning.RENEW,
    "Forbidden": Meaning.OPERATOR,
    "InvalidProviderToken": Meaning.OPERATOR,
    "MissingProviderToken": Meaning.OPERATOR,
    "UnrelatedKeyIdInToken": Meaning.OPERATOR,
    # 404, 405
    "BadPath": Meaning.REFUSED,
    "MethodNotAllowed": Meaning.REFUSED,
    # 410
    "ExpiredToken": Meaning.DEAD,
    "Unregistered": Meaning.DEAD,
    # 413
    "PayloadTooLarge": Meaning.REFUSED,
    # 429: the first speaks of our token, the second of one device
    "TooManyProviderTokenUpdates": Meaning.TOO_FAST,
    "TooManyRequests": Meaning.TOO_FAST,
    # 500, 503
    "InternalServerError": Meaning.PASSES,
    "ServiceUnavailable": Meaning.PASSES,
    "Shutdown": Meaning.PASSES,
}

#: Our key does not serve this environment: the first as documented, the second as it comes over the wire (APNSwift#229).
WRONG_ENVIRONMENT = frozenset({"BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken"})

#: For reasons that Apple adds later. An unknown 410 retires nothing: only the reasons above say that a token is dead.
STATUSES: dict[int, Meaning] = {
    200: Meaning.ACCEPTED,
    403: Meaning.OPERATOR,
    408: Meaning.PASSES,
    410: Meaning.PASSES,
    429: Meaning.TOO_FAST,
}


def meaning(response: Response) -> tuple[Meaning, str, datetime | None]:
    """Return what the answer means, the reason, and the time of the token's death if Apple names one."""
    body = document(response.body)
    reason = storable(body.get("reason")) or f"http_{response.status}"
    kind = REASONS.get(reason) if response.status != 200 else Meaning.ACCEPTED
    if kind is None:
        tell_of_unknown("apns", response.status, reason, channel="mobile_push")
        kind = STATUSES.get(response.status) or (Meaning.PASSES if response.status >= 500 else Meaning.REFUSED)
    return kind, reason, _moment(body.get("timestamp"))


def refusal_in_goaway(text: bytes) -> str | None:
    """Return the reason in GOAWAY's debug data if the operator has to mend it, as BadCertificateEnvironment; else None."""
    reason = storable(document(text).get("reason"))
    return reason if REASONS.get(reason) is Meaning.OPERATOR else None


def _moment(milliseconds: object) -> datetime | None:
    if not isinstance(milliseconds, int | float) or not 0 < milliseconds < 1e14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
