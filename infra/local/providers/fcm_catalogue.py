"""Answers of FCM HTTP v1. `details` is absent if it is empty, and the order of its members varies."""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer, page
from infra.local.providers.fcm_access_catalogue import ACCESS
from infra.local.providers.fcm_errors import (
    BAD_REQUEST,
    ERROR_INFO,
    HELP,
    JSON,
    MALFORMED,
    QUOTA_FAILURE,
    fcm_error,
    row,
    violation,
)
from owlpost.channels.provider_answer import Meaning

ANSWERS: dict[str, CataloguedAnswer] = {
    "accepted": CataloguedAnswer(
        200,
        {"name": "projects/p/messages/0:1500415314455276%31bd1c9631bd1c96"},
        Meaning.ACCEPTED,
        "[F reference/fcm/rest/v1/projects.messages]",
        content_type=JSON,
    ),
    "malformed_token": row(
        400,
        "INVALID_ARGUMENT",
        MALFORMED,
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.DEAD,
        source="[F cloud-messaging/error-codes, example 2]; firebase/firebase-admin-java#1064",
    ),
    "token_field": row(
        400,
        "INVALID_ARGUMENT",
        "Request contains an invalid argument.",
        violation("message.token", "Invalid registration token"),
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.DEAD,
        source="firebase/firebase-admin-python#187; firebase/firebase-admin-dotnet#45",
    ),
    "invalid_argument": row(
        400,
        "INVALID_ARGUMENT",
        "Request contains an invalid argument.",
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.REFUSED,
        source="bloomberg/pushiko, docs/fcm_responses.md",
    ),
    "too_big": row(
        400,
        "INVALID_ARGUMENT",
        "Android message is too big",
        {"@type": BAD_REQUEST},
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.REFUSED,
        source="reown-com/push-server#346",
    ),
    # From Google's JSON layer, before FCM has seen the message: no FcmError.
    "unknown_field": row(
        400,
        "INVALID_ARGUMENT",
        "Invalid JSON payload received. Unknown name \"shout\" at 'message': Cannot find field.",
        violation("message", "Invalid JSON payload received. Unknown name \"shout\" at 'message': Cannot find field."),
        meaning=Meaning.REFUSED,
        source="eladnava/fcm-v1-http2#5; healthjoy/async-firebase#23",
    ),
    "unknown_name": row(
        400,
        "INVALID_ARGUMENT",
        'Invalid JSON payload received. Unknown name "to": Cannot find field.',
        {
            "@type": BAD_REQUEST,
            "fieldViolations": [
                {"description": 'Invalid JSON payload received. Unknown name "to": Cannot find field.'}
            ],
        },
        meaning=Meaning.REFUSED,
        source="AGProjects/sylk-pushserver#16",
    ),
    # From FCM itself: both.
    "no_recipient": row(
        400,
        "INVALID_ARGUMENT",
        "Recipient of the message is not set.",
        violation("message", "Recipient of the message is not set."),
        fcm_error("INVALID_ARGUMENT"),
        meaning=Meaning.REFUSED,
        source="beste/firebase-php#308",
    ),
    **ACCESS,
    "unregistered": row(
        404,
        "NOT_FOUND",
        "Requested entity was not found.",
        fcm_error("UNREGISTERED"),
        meaning=Meaning.DEAD,
        source="firebase/firebase-admin-java#972",
    ),
    "uninstalled_in_the_words_of_2018": row(
        404,
        "NOT_FOUND",
        "App Instance was uninstalled or unregistered.",
        {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmErrorCode", "errorCode": "UNREGISTERED"},
        meaning=Meaning.DEAD,
        source="firebase/firebase-admin-node#246",
    ),
    "wrong_path": page(
        404,
        Meaning.OPERATOR,
        "novuhq/novu#6567",
        "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>",
    ),
    "not_found": row(
        404,
        "NOT_FOUND",
        "Requested entity was not found.",
        meaning=Meaning.OPERATOR,
        source="firebase/firebase-admin-python#180 (no project id); plokko/laravel-firebase#10 (no errorCode)",
    ),
    "project_quota": row(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of service"
        " 'fcm.googleapis.com' for consumer 'project_number:1'.",
        {
            "@type": ERROR_INFO,
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": {
                "quota_limit_value": "600000",
                "consumer": "projects/1",
                "quota_metric": "fcm.googleapis.com/send_requests",
                "quota_unit": "1/min/{project}",
                "service": "fcm.googleapis.com",
                "quota_location": "global",
                "quota_limit": "SendsPerMinutePerProject",
            },
        },
        {
            "@type": HELP,
            "links": [
                {
                    "description": "Request a higher quota limit.",
                    "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                }
            ],
        },
        meaning=Meaning.TOO_FAST,
        source="firebase/firebase-admin-go#719",
    ),
    "device_quota": row(
        429,
        "RESOURCE_EXHAUSTED",
        "Sending limit exceeded for the message target.",
        {
            "@type": QUOTA_FAILURE,
            "violations": [{"subject": "device", "description": "Device message rate exceeded"}],
        },
        fcm_error("QUOTA_EXCEEDED"),
        meaning=Meaning.TOO_FAST,
        # The code, and that QuotaFailure names the quota; its members. Nobody has published a whole answer.
        source="[F reference/fcm/rest/v1/ErrorCode]; rails/action_push_native#129; firebase/firebase-admin-go#736",
    ),
    "internal": row(
        500, "INTERNAL", "Internal error encountered.", meaning=Meaning.PASSES, source="beste/firebase-php#355"
    ),
    "unavailable": row(
        503,
        "UNAVAILABLE",
        "The service is currently unavailable.",
        meaning=Meaning.PASSES,
        source="MatthieuLemoine/electron-push-receiver#80; [F cloud-messaging/error-codes]",
    ),
    "front_end": page(
        502,
        Meaning.PASSES,
        "mozilla-services/autopush-rs#444",
        "<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>",
    ),
}

CATALOGUE = Catalogue(
    answers=ANSWERS,
    fixed=frozenset({"code", "status", "@type", "errorCode", "reason"}),
    content_type=JSON,
    optional=frozenset({"retry-after", "www-authenticate"}),
)
#: What GOAWAY says: of a connection that was idle for minutes (pigeon#81), and to a client with too many streams
#: (firebase-admin-node#2943).
GOODBYES = ("session_timed_out",)
TOO_MANY_STREAMS = "exceeded_max_concurrent_streams"
