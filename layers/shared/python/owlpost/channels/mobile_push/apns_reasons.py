"""Maps answers of APNs to actions. Source: Apple, "Handling notification responses from APNs"."""

from datetime import UTC, datetime

from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push.verdict import Action
from owlpost.channels.provider_answer import document, storable
from owlpost.channels.unknown_answers import tell_of_unknown

#: By the `reason` in the body, which is more exact than the status.
REASONS: dict[str, Action] = {
    # 400
    "BadCollapseId": Action.REFUSED,
    "BadDeviceToken": Action.OTHER_ENVIRONMENT,
    "BadExpirationDate": Action.REFUSED,
    "BadMessageId": Action.REFUSED,
    "BadPriority": Action.REFUSED,
    "BadTopic": Action.OPERATOR,
    "DeviceTokenNotForTopic": Action.OTHER_APP,
    "DuplicateHeaders": Action.REFUSED,
    "IdleTimeout": Action.RETRY,
    "InvalidPushType": Action.REFUSED,
    "MissingDeviceToken": Action.REFUSED,
    "MissingTopic": Action.OPERATOR,
    "PayloadEmpty": Action.REFUSED,
    "TopicDisallowed": Action.OPERATOR,
    # 403
    "BadCertificate": Action.OPERATOR,
    "BadCertificateEnvironment": Action.OPERATOR,
    "BadEnvironmentKeyIdInToken": Action.OPERATOR,
    "BadEnvironmentKeyInToken": Action.OPERATOR,
    "ExpiredProviderToken": Action.RENEW_TOKEN,
    "Forbidden": Action.OPERATOR,
    "InvalidProviderToken": Action.OPERATOR,
    "MissingProviderToken": Action.OPERATOR,
    "UnrelatedKeyIdInToken": Action.OPERATOR,
    # 404, 405
    "BadPath": Action.REFUSED,
    "MethodNotAllowed": Action.REFUSED,
    # 410
    "ExpiredToken": Action.DEAD,
    "Unregistered": Action.DEAD,
    # 413
    "PayloadTooLarge": Action.REFUSED,
    # 429: the first speaks of our token, the second of one device
    "TooManyProviderTokenUpdates": Action.SLOW_DOWN,
    "TooManyRequests": Action.SLOW_DOWN,
    # 500, 503
    "InternalServerError": Action.RETRY,
    "ServiceUnavailable": Action.RETRY,
    "Shutdown": Action.RETRY,
}

#: Our key does not serve this environment: the first as documented, the second as it comes over the wire (APNSwift#229).
WRONG_ENVIRONMENT = frozenset({"BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken"})

#: For reasons that Apple adds later. An unknown 410 retires nothing: only the reasons above say that a token is dead.
STATUSES: dict[int, Action] = {
    200: Action.DELIVERED,
    403: Action.OPERATOR,
    408: Action.RETRY,
    410: Action.RETRY,
    429: Action.SLOW_DOWN,
}


def meaning(response: Response) -> tuple[Action, str, datetime | None]:
    """Return the action, the reason, and the time of the token's death if Apple names one."""
    body = document(response.body)
    reason = storable(body.get("reason")) or f"http_{response.status}"
    action = REASONS.get(reason) if response.status != 200 else Action.DELIVERED
    if action is None:
        tell_of_unknown("apns", response.status, reason, channel="mobile_push")
        action = STATUSES.get(response.status) or (Action.RETRY if response.status >= 500 else Action.REFUSED)
    return action, reason, _moment(body.get("timestamp"))


def refusal_in_goaway(text: bytes) -> str | None:
    """Return the reason in GOAWAY's debug data if the operator has to mend it, as BadCertificateEnvironment; else None."""
    reason = storable(document(text).get("reason"))
    return reason if REASONS.get(reason) is Action.OPERATOR else None


def _moment(milliseconds: object) -> datetime | None:
    if not isinstance(milliseconds, int | float) or not 0 < milliseconds < 1e14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
