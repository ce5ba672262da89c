"""Answers of FCM about who asks: 401 and 403, of our access token, our account, or the sender of one token."""

from infra.local.providers.catalogue import CataloguedAnswer
from infra.local.providers.fcm_errors import ERROR_INFO, fcm_error, row
from owlpost.channels.provider_answer import Meaning

ACCESS: dict[str, CataloguedAnswer] = {
    "unauthenticated": row(
        401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", meaning=Meaning.RENEW
    ),
    "no_access_token": row(
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid"
        " authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        {
            "@type": ERROR_INFO,
            "reason": "CREDENTIALS_MISSING",
            "domain": "googleapis.com",
            "metadata": {
                "service": "fcm.googleapis.com",
                "method": "google.firebase.fcm.v1.FcmService.SendMessage",
            },
        },
        meaning=Meaning.RENEW,
        source="beste/laravel-firebase#254; firebase/firebase-admin-dotnet#503",
    ),
    "access_token_expired": row(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
        " authentication credential.",
        {
            "@type": ERROR_INFO,
            "reason": "ACCESS_TOKEN_EXPIRED",
            "domain": "googleapis.com",
            "metadata": {
                "service": "fcm.googleapis.com",
                "method": "google.firebase.fcm.v1.FcmService.SendMessage",
            },
        },
        meaning=Meaning.RENEW,
        source="[G google/api/error_reason.proto, ACCESS_TOKEN_EXPIRED]",
    ),
    # Of one token: it belongs to the project's iOS or web app, whose key FCM lacks. Tokens of Android are accepted beside it.
    "third_party_auth": row(
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential.",
        fcm_error("THIRD_PARTY_AUTH_ERROR"),
        meaning=Meaning.OTHER_APP,
        source="firebase/firebase-admin-node#3215 (some tokens of a batch)",
    ),
    "third_party_auth_in_words": row(
        401,
        "UNAUTHENTICATED",
        "Auth error from APNS or Web Push Service",
        fcm_error("THIRD_PARTY_AUTH_ERROR"),
        meaning=Meaning.OTHER_APP,
        source="Blackjacx/Assist#6; beste/laravel-firebase#164 (Android's tokens work)",
    ),
    "service_disabled": row(
        403,
        "PERMISSION_DENIED",
        "Firebase Cloud Messaging API has not been used in project 1 before or it is disabled.",
        {
            "@type": ERROR_INFO,
            "reason": "SERVICE_DISABLED",
            "domain": "googleapis.com",
            "metadata": {"consumer": "projects/1", "service": "fcm.googleapis.com"},
        },
        meaning=Meaning.OPERATOR,
        source="firebase/firebase-admin-go#354; beste/firebase-php#231; [G google/api/error_reason.proto, SERVICE_DISABLED]",
    ),
    "permission_denied": row(
        403,
        "PERMISSION_DENIED",
        "Permission 'cloudmessaging.messages.create' denied on resource"
        " '//cloudresourcemanager.googleapis.com/projects/p' (or it may not exist).",
        {
            "@type": ERROR_INFO,
            "reason": "IAM_PERMISSION_DENIED",
            "domain": "cloudresourcemanager.googleapis.com",
            "metadata": {"resource": "projects/p", "permission": "cloudmessaging.messages.create"},
        },
        meaning=Meaning.OPERATOR,
        source="xtrinch/fcm-django#213; firebase/firebase-admin-go#238 (a wrong project id, or an account without the role)",
    ),
    "permission_denied_without_details": row(
        403,
        "PERMISSION_DENIED",
        "The caller does not have permission",
        meaning=Meaning.OPERATOR,
        source="firebase/firebase-admin-go#238; bvis/aegis-hass#353",
    ),
    "sender_mismatch": row(
        403,
        "PERMISSION_DENIED",
        "SenderId mismatch",
        fcm_error("SENDER_ID_MISMATCH"),
        meaning=Meaning.OTHER_APP,
        source="dcai/airnotifier#211",
    ),
}
