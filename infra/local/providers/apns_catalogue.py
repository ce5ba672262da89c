"""Answers of APNs. A 200 is empty; any other answer has a `reason`, and a 410 a `timestamp` in milliseconds.

No answer carries `Retry-After`, nor a `content-type`: what curl prints of Apple's answers is `apns-id` alone. In the sandbox
an accepted push has an `apns-unique-id` besides (swift-server-community/APNSwift#198, AndrewBarba/apns2#95).
"""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer
from owlpost.channels.provider_answer import Meaning

_RESPONSES = "[A handling-notification-responses-from-apns]"
#: When the token died, in milliseconds since the epoch.
DIED_AT = 1_795_608_000_123

#: Status and meaning of each reason, as documented.
REASONS: dict[str, tuple[int, Meaning]] = {
    "BadCollapseId": (400, Meaning.REFUSED),
    "BadDeviceToken": (400, Meaning.OTHER_ENVIRONMENT),
    "BadExpirationDate": (400, Meaning.REFUSED),
    "BadMessageId": (400, Meaning.REFUSED),
    "BadPriority": (400, Meaning.REFUSED),
    "BadTopic": (400, Meaning.OPERATOR),
    "DeviceTokenNotForTopic": (400, Meaning.OTHER_APP),
    "DuplicateHeaders": (400, Meaning.REFUSED),
    "IdleTimeout": (400, Meaning.PASSES),
    "InvalidPushType": (400, Meaning.REFUSED),
    "MissingDeviceToken": (400, Meaning.REFUSED),
    "MissingTopic": (400, Meaning.OPERATOR),
    "PayloadEmpty": (400, Meaning.REFUSED),
    "TopicDisallowed": (400, Meaning.OPERATOR),
    "BadCertificate": (403, Meaning.OPERATOR),
    "BadCertificateEnvironment": (403, Meaning.OPERATOR),
    "BadEnvironmentKeyIdInToken": (403, Meaning.OPERATOR),
    "ExpiredProviderToken": (403, Meaning.RENEW),
    "Forbidden": (403, Meaning.OPERATOR),
    "InvalidProviderToken": (403, Meaning.OPERATOR),
    "MissingProviderToken": (403, Meaning.OPERATOR),
    "UnrelatedKeyIdInToken": (403, Meaning.OPERATOR),
    "BadPath": (404, Meaning.REFUSED),
    "MethodNotAllowed": (405, Meaning.REFUSED),
    "ExpiredToken": (410, Meaning.DEAD),
    "Unregistered": (410, Meaning.DEAD),
    "PayloadTooLarge": (413, Meaning.REFUSED),
    "TooManyProviderTokenUpdates": (429, Meaning.TOO_FAST),
    "TooManyRequests": (429, Meaning.TOO_FAST),
    "InternalServerError": (500, Meaning.PASSES),
    "ServiceUnavailable": (503, Meaning.PASSES),
    "Shutdown": (503, Meaning.PASSES),
}


def document(reason: str, status: int, timestamp: int = DIED_AT) -> dict[str, object]:
    """Return the body of an answer; only a 410 names the time."""
    return {"reason": reason} | ({"timestamp": timestamp} if status == 410 else {})


ANSWERS: dict[str, CataloguedAnswer] = {
    "accepted": CataloguedAnswer(200, None, Meaning.ACCEPTED, _RESPONSES),
    **{
        reason: CataloguedAnswer(status, document(reason, status), meaning, _RESPONSES)
        for reason, (status, meaning) in REASONS.items()
    },
    # As it comes over the wire; the documents spell it BadEnvironmentKeyIdInToken.
    "BadEnvironmentKeyInToken": CataloguedAnswer(
        403, document("BadEnvironmentKeyInToken", 403), Meaning.OPERATOR, "swift-server-community/APNSwift#229"
    ),
    # As the documents had it in 2023; today's say 410.
    "ExpiredToken_as_400": CataloguedAnswer(400, document("ExpiredToken", 400), Meaning.DEAD, "sideshow/apns2#220"),
}

CATALOGUE = Catalogue(
    answers=ANSWERS,
    fixed=frozenset({"reason"}),
    content_type="",
    required=frozenset({"apns-id"}),
    optional=frozenset({"apns-unique-id"}),
)
#: Reasons that come in GOAWAY, as JSON in its debug data (apns2#93; Apple's table of responses says so of every reason).
GOODBYES = ("Shutdown", "BadCertificateEnvironment", "IdleTimeout")
#: What GOAWAY says to a client that opens more streams than it was allowed (pushy#356).
TOO_MANY_STREAMS = "Maximum active streams violated for this endpoint."
