"""What the push services of Mozilla, Google, Apple and Microsoft answer, each in its own form.

`[MS …]` is a page of learn.microsoft.com/windows/apps, `[A …]` one of developer.apple.com/documentation/usernotifications.
"""

from http import HTTPStatus

from infra.local.providers.catalogue import TEXT, Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json"
_ERRORS = "mozilla-services/autopush-rs, docs/src/errors.md"
_MORE = "http://autopush.readthedocs.io/en/latest/http.html#error-codes"
_APPLE = "[A sending-web-push-notifications-in-web-apps-and-browsers]"
_WINDOWS = "[MS design/shell/tiles-and-notifications/push-request-response-headers]"


def _mozilla(status: int, errno: int, message: str, meaning: Meaning, source: str = _ERRORS) -> CataloguedAnswer:
    error = HTTPStatus(status).phrase
    body = {"code": status, "errno": errno, "error": error, "message": message, "more_info": _MORE}
    return CataloguedAnswer(status, body, meaning, source, content_type=JSON)


def _apple(status: int, reason: str, meaning: Meaning, source: str = _APPLE) -> CataloguedAnswer:
    return CataloguedAnswer(status, {"reason": reason}, meaning, source, content_type=JSON)


def _google(status: int, text: str, meaning: Meaning, source: str) -> CataloguedAnswer:
    return page(status, meaning, source, text, TEXT)


def _windows(status: int, meaning: Meaning, source: str = _WINDOWS) -> CataloguedAnswer:
    """What went wrong is in headers that begin with `x-wns-`."""
    return page(status, meaning, source, "", "")


_SHAPE = "A valid push subscription endpoint should be specified in the URL as such: https://fcm.googleapis.com/wp/dHIoDxE7Hdg:APA91bH1Zj0kNa"
_OTHER_KEY = (
    "the VAPID credentials in the authorization header do not correspond to the credentials used to create the"
    " subscriptions.\n"
)
ANSWERS: dict[str, CataloguedAnswer] = {
    "mozilla_taken": page(201, Meaning.ACCEPTED, "mozilla-services/autopush-rs, docs/src/http.md", "", ""),
    "mozilla_no_ttl": _mozilla(400, 111, "Missing TTL Header", Meaning.REFUSED),
    "mozilla_bad_ttl": _mozilla(400, 112, "Invalid TTL header value", Meaning.REFUSED),
    "mozilla_bad_topic": _mozilla(400, 113, "Invalid Topic header value", Meaning.REFUSED),
    "mozilla_no_crypto": _mozilla(400, 101, "Missing necessary crypto keys", Meaning.REFUSED),
    "mozilla_bad_token": _mozilla(
        401,
        109,
        "Request did not validate Invalid Authorization Header",
        Meaning.OPERATOR,
        "web-push-libs/vapid#66",
    ),
    "mozilla_other_key": _mozilla(
        401, 109, "VAPID public key mismatch", Meaning.OPERATOR, "felixvonsamson/Energetica#701"
    ),
    "mozilla_no_endpoint": _mozilla(404, 102, "Invalid URL endpoint", Meaning.DEAD),
    "mozilla_gone": _mozilla(410, 106, "Invalid subscription", Meaning.DEAD),
    "mozilla_too_large": _mozilla(413, 104, "Data payload too large", Meaning.REFUSED),
    "mozilla_too_fast": _mozilla(429, 201, "Use exponential back-off for retries", Meaning.TOO_FAST),
    "mozilla_error": _mozilla(500, 999, "Unknown error", Meaning.PASSES),
    "mozilla_bridge": _mozilla(502, 902, "An error occurred while establishing a connection", Meaning.PASSES),
    "mozilla_unavailable": _mozilla(503, 201, "Use exponential back-off for retries", Meaning.PASSES),
    "google_taken": page(201, Meaning.ACCEPTED, "RFC 8030, 5", "", ""),
    "google_other_key": _google(403, _OTHER_KEY, Meaning.OPERATOR, "web-push-libs/webpush-java#212"),
    "google_no_endpoint": _google(404, _SHAPE, Meaning.DEAD, "pushpad/web-push#14"),
    "google_gone": _google(
        410,
        "push subscription has unsubscribed or expired.\n",
        Meaning.DEAD,
        "Tech4covid19/trackovid19-backend#141; a-type/gnocchi#139",
    ),
    "apple_taken": page(201, Meaning.ACCEPTED, _APPLE, "", ""),
    "apple_bad_token": _apple(403, "BadJwtToken", Meaning.OPERATOR, "web-push-libs/web-push#947"),
    "apple_gone": _apple(410, "Unregistered", Meaning.DEAD),
    "windows_taken": _windows(201, Meaning.ACCEPTED),
    "windows_conflict": _windows(400, Meaning.REFUSED, "web-push-libs/pywebpush#162"),
    "windows_not_ours": _windows(403, Meaning.OPERATOR),
    "windows_unknown": _windows(404, Meaning.DEAD),
    "windows_too_fast": _windows(406, Meaning.TOO_FAST, "microsoft/microsoft-ui-xaml#8091"),
    "windows_gone": _windows(410, Meaning.DEAD),
    "windows_too_large": _windows(413, Meaning.REFUSED),
}

CATALOGUE = Catalogue(
    answers=ANSWERS,
    fixed=frozenset({"code", "errno", "error", "reason"}),
    content_type=JSON,
    optional=frozenset({"location", "ttl", "retry-after", "apns-id", "x-wns-status", "x-wns-error-description"}),
)
