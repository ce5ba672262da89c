"""Says what a push provider's answer to a push for nobody tells of our key.

Both providers judge the key before the token: Apple calls a token that is none InvalidProviderToken where the key is wrong
(firebase/firebase-ios-sdk#4042), and Google authenticates a call before it reads the message.
"""

from collections.abc import Mapping

from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push.apns_reasons import WRONG_ENVIRONMENT
from owlpost.channels.mobile_push.apns_reasons import meaning as apns_meaning
from owlpost.channels.mobile_push.fcm_reasons import meaning as fcm_meaning
from owlpost.channels.mobile_push.fcm_token import TokenRefused
from owlpost.channels.provider_answer import Meaning
from owlpost.domain.errors import TransientFault
from owlpost.domain.findings import Finding, good, unknown, wrong
from owlpost.domain.value import dataclass

#: What no device has: Apple's tokens are hexadecimal, and none of Google's has a space.
NOBODY, NO_TOKEN = "nobody", "no device"
#: The provider has looked at the token, so it has taken the key.
KEY_TAKEN = frozenset({Meaning.ACCEPTED, Meaning.DEAD, Meaning.OTHER_ENVIRONMENT, Meaning.OTHER_APP})
#: Google has read the message, whatever it finds wrong in it.
BAD_MESSAGE = "INVALID_ARGUMENT"
KEY_REFUSED = frozenset({Meaning.OPERATOR, Meaning.RENEW})
AWAY = "Try again, and look at the provider's status page if that does not help."


@dataclass(frozen=True, slots=True)
class Provider:
    """Its name as people know it, what to do about a refused key by the provider's reason, and about any other."""

    name: str
    remedies: Mapping[str, str]
    otherwise: str

    def judge(self, meaning: Meaning, reason: str, status: int) -> Finding:
        if meaning in KEY_TAKEN:
            return good(self.name, "takes our key")
        if meaning in KEY_REFUSED:
            return self.refused(reason)
        return unknown(self.name, f"does not say: {reason} ({status})", AWAY)

    def refused(self, reason: str) -> Finding:
        return wrong(self.name, f"refuses our key: {reason}", self.remedies.get(reason, self.otherwise))


APNS = Provider(
    "APNs",
    {
        **dict.fromkeys(
            WRONG_ENVIRONMENT, "The key is for Apple's other environment: set APNS_ENV, or make one for both."
        ),
        "ExpiredProviderToken": "The function's clock is off by more than ten minutes: tell AWS.",
        "TopicDisallowed": "The key's team has no app with this APNS_BUNDLE_ID: set that of the app.",
        "BadTopic": "APNS_BUNDLE_ID is no bundle id: set that of the app.",
    },
    "See at developer.apple.com (Keys) whether the key is there and enabled, and whether APNS_KEY_ID, APNS_TEAM_ID and the"
    " key belong together; then fill in the secret again.",
)
FCM = Provider(
    "FCM",
    {
        "PERMISSION_DENIED": "Enable the API fcm.googleapis.com in the project, and give the service account the role"
        " Firebase Cloud Messaging API Admin.",
        "NOT_FOUND": "The service account names a project that Google does not find: take the file from the app's project.",
    },
    "Make a new key for the service account in Google's console, and put the whole file into the secret.",
)


def of_apns(answer: Response | TransientFault, goodbye: str | None) -> Finding:
    """Return what Apple's answer to a push for nobody tells, or its `goodbye` if it hung up because of our key."""
    if isinstance(answer, TransientFault) and goodbye:
        return APNS.refused(goodbye)
    if isinstance(answer, TransientFault):
        return _unanswered(APNS, answer)
    meaning, reason, _ = apns_meaning(answer)
    return APNS.judge(meaning, reason, answer.status)


def of_fcm(answer: Response | TransientFault) -> Finding:
    """Return what Google's answer to a push for nobody tells, or its refusal to give an access token."""
    if isinstance(answer, TokenRefused):
        return wrong(FCM.name, f"gives the service account no access token: {answer}", FCM.otherwise)
    if isinstance(answer, TransientFault):
        return _unanswered(FCM, answer)
    meaning, reason = fcm_meaning(answer)
    return FCM.judge(Meaning.DEAD if reason == BAD_MESSAGE else meaning, reason, answer.status)


def _unanswered(provider: Provider, fault: TransientFault) -> Finding:
    return unknown(provider.name, f"gives no answer: {fault.reason} {fault}".rstrip(), AWAY)
