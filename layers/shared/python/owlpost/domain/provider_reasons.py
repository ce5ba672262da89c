"""The codes of Resend, APNs and FCM that our tables know, each with its meaning and its remedy.

Sources: resend.com/docs "Errors"; Apple, "Handling notification responses from APNs"; Firebase, "FCM error codes".
"""

from owlpost.domain.explained_code import DEFECT, DEVICE_REMOVED, REDRIVE, WAIT, ExplainedCode

_RESEND_KEY = "Look at RESEND_API_KEY: it is missing, deleted, or may not send."
_RESEND_PLAN = "Look at the plan in Resend's dashboard; what waits goes on by itself."
_APNS_KEY = "Look at APNS_KEY_ID, APNS_TEAM_ID, APNS_KEY_P8."
_APNS_TOPIC = "Look at APNS_BUNDLE_ID. " + REDRIVE
_FCM_ACCOUNT = "Look at FCM_SERVICE_ACCOUNT."


class ProviderReason(ExplainedCode):
    """A provider's code as it is written on a delivery: exactly in the provider's spelling."""

    # Resend: our key, domain, address or plan.
    MISSING_API_KEY = "missing_api_key", "Resend got no API key", _RESEND_KEY
    INVALID_API_KEY = "invalid_api_key", "Resend does not know our API key", _RESEND_KEY
    RESTRICTED_API_KEY = "restricted_api_key", "our API key at Resend may not do this", _RESEND_KEY
    SUSPENDED_API_KEY = "suspended_api_key", "our API key at Resend is suspended", _RESEND_KEY
    INVALID_PERMISSION = "invalid_permission", "our API key at Resend lacks the right to send", _RESEND_KEY
    INVALID_FROM_ADDRESS = "invalid_from_address", "Resend does not accept our sender address", "Look at EMAIL_FROM."
    DAILY_QUOTA_EXCEEDED = "daily_quota_exceeded", "the plan's mails for today are used up", _RESEND_PLAN
    MONTHLY_QUOTA_EXCEEDED = "monthly_quota_exceeded", "the plan's mails for this month are used up", _RESEND_PLAN
    RESOURCE_NOT_FOUND = "not_found", "the provider does not know this address of its API", "Look at RESEND_BASE_URL."
    METHOD_NOT_ALLOWED = (
        "method_not_allowed",
        "the provider's API does not take this call",
        "Look at RESEND_BASE_URL.",
    )
    # Resend: this mail.
    VALIDATION_ERROR = (
        "validation_error",
        "the provider refused this mail as invalid",
        "Look at the address and the content. " + REDRIVE,
    )
    INVALID_TO_ADDRESS = "invalid_to_address", "Resend does not accept the address", "Look at the address. " + REDRIVE
    INVALID_ATTACHMENT = "invalid_attachment", "Resend does not accept an attachment", DEFECT
    MISSING_REQUIRED_FIELD = "missing_required_field", "Resend misses a field of the mail", DEFECT
    MISSING_REQUIRED_PARAMETER = "missing_required_parameter", "Resend misses a parameter of the call", DEFECT
    INVALID_PARAMETER = "invalid_parameter", "Resend does not accept a field of the mail", DEFECT
    INVALID_IDEMPOTENCY_KEY = "invalid_idempotency_key", "Resend does not accept the call's idempotency key", DEFECT
    SECURITY_ERROR = "security_error", "Resend refused the mail for its content", "Look at the content. " + REDRIVE
    # Resend: for now.
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded", "we made more calls a second than Resend takes", WAIT
    CONCURRENT_IDEMPOTENT_REQUESTS = "concurrent_idempotent_requests", "Resend still works on the first call", WAIT
    RESOURCE_LOCKED = "resource_locked", "Resend is changing something that the call needs", WAIT
    APPLICATION_ERROR = "application_error", "Resend has a fault of its own", WAIT
    INTERNAL_SERVER_ERROR = "internal_server_error", "Resend has a fault of its own", WAIT
    SERVICE_UNAVAILABLE = "service_unavailable", "Resend is not available for the moment", WAIT

    # SES: our account, identity, configuration set or rights; this mail.
    SES_NOT_ALLOWED = (
        "ses_not_allowed",
        "Amazon SES does not let us send",
        "Look at the attempt's message: the identity, the configuration set, the account, or the rights of the role.",
    )
    SES_DAILY_QUOTA = "ses_daily_quota", "the mails that Amazon SES allows in 24 hours are used up", "Ask AWS for more."
    SES_REFUSED = "ses_refused", "Amazon SES refused this mail", "Look at the address and the content. " + REDRIVE
    # SMTP: our server, account or sender.
    SMTP_NO_TLS = (
        "smtp_no_tls",
        "the mail server offers no TLS, or one that we cannot trust",
        "Look at SMTP_HOST, SMTP_PORT and SMTP_TLS.",
    )
    SMTP_LOGIN_REFUSED = (
        "smtp_login_refused",
        "the mail server does not accept our login",
        "Look at SMTP_USERNAME and SMTP_PASSWORD.",
    )
    SMTP_SENDER_REFUSED = (
        "smtp_sender_refused",
        "the mail server does not accept our sender address",
        "Look at EMAIL_FROM.",
    )
    # SMTP: this mail.
    SMTP_NO_MAILBOX = "smtp_no_mailbox", "the mail server knows no such mailbox", "Have the person correct the address."
    SMTP_REFUSED = (
        "smtp_refused",
        "the mail server refused this mail",
        "Look at the address and the content. " + REDRIVE,
    )
    # SMTP: for now.
    SMTP_BUSY = "smtp_busy", "the mail server asks to come back later", WAIT

    # APNs: our key or topic.
    BAD_TOPIC = "BadTopic", "Apple does not know this bundle id", _APNS_TOPIC
    MISSING_TOPIC = "MissingTopic", "Apple got no bundle id", _APNS_TOPIC
    TOPIC_DISALLOWED = "TopicDisallowed", "Apple does not let this key push to this app", _APNS_TOPIC
    INVALID_PROVIDER_TOKEN = "InvalidProviderToken", "Apple does not accept our key", _APNS_KEY
    MISSING_PROVIDER_TOKEN = "MissingProviderToken", "Apple got no provider token", _APNS_KEY
    EXPIRED_PROVIDER_TOKEN = (
        "ExpiredProviderToken",
        "Apple finds our provider token too old",
        "Look at the worker's clock if it does not pass.",
    )
    UNRELATED_KEY_ID_IN_TOKEN = "UnrelatedKeyIdInToken", "our APNs key does not belong to this team", _APNS_KEY
    BAD_ENVIRONMENT_KEY_ID_IN_TOKEN = (
        "BadEnvironmentKeyIdInToken",
        "our APNs key does not serve this environment",
        "Look at APNS_ENV and at the environments of the key.",
    )
    BAD_ENVIRONMENT_KEY_IN_TOKEN = (
        "BadEnvironmentKeyInToken",
        "our APNs key does not serve this environment",
        "Look at APNS_ENV and at the environments of the key.",
    )
    BAD_CERTIFICATE = "BadCertificate", "Apple does not accept our certificate", _APNS_KEY
    BAD_CERTIFICATE_ENVIRONMENT = (
        "BadCertificateEnvironment",
        "our certificate is for Apple's other environment",
        "Look at APNS_ENV.",
    )
    FORBIDDEN = "Forbidden", "Apple does not let us do this", _APNS_KEY
    # APNs: this device.
    DEVICE_TOKEN_NOT_FOR_TOPIC = (
        "DeviceTokenNotForTopic",
        "the device's token belongs to another app, so it is passed by",
        "Nothing if it is one device. If it is all of them, look at APNS_BUNDLE_ID.",
    )
    BAD_DEVICE_TOKEN = "BadDeviceToken", "Apple does not know the device's token", DEVICE_REMOVED
    UNREGISTERED_AT_APPLE = "Unregistered", "the app was removed from the device", DEVICE_REMOVED
    EXPIRED_TOKEN = "ExpiredToken", "the device's token has expired", DEVICE_REMOVED
    # APNs: this push.
    PAYLOAD_TOO_LARGE = (
        "PayloadTooLarge",
        "the push is larger than the provider takes",
        "It is a defect: bodies are trimmed to fit.",
    )
    PAYLOAD_EMPTY = "PayloadEmpty", "the push had no content", DEFECT
    BAD_COLLAPSE_ID = "BadCollapseId", "Apple does not accept the push's collapse id", DEFECT
    BAD_EXPIRATION_DATE = "BadExpirationDate", "Apple does not accept the push's expiration", DEFECT
    BAD_MESSAGE_ID = "BadMessageId", "Apple does not accept the push's id", DEFECT
    BAD_PRIORITY = "BadPriority", "Apple does not accept the push's priority", DEFECT
    BAD_PATH = "BadPath", "Apple does not accept the request's path", DEFECT
    BAD_METHOD = "MethodNotAllowed", "Apple does not accept the request's method", DEFECT
    DUPLICATE_HEADERS = "DuplicateHeaders", "Apple found a header twice", DEFECT
    INVALID_PUSH_TYPE = "InvalidPushType", "Apple does not accept the push's type", DEFECT
    MISSING_DEVICE_TOKEN = "MissingDeviceToken", "the push named no device", DEFECT
    # APNs: for now.
    IDLE_TIMEOUT = "IdleTimeout", "Apple closed a connection that was idle", WAIT
    TOO_MANY_PROVIDER_TOKEN_UPDATES = (
        "TooManyProviderTokenUpdates",
        "Apple finds that our provider token changes too often",
        WAIT,
    )
    TOO_MANY_REQUESTS = "TooManyRequests", "Apple got too many pushes for this device in a row", WAIT
    APPLE_SERVER_ERROR = "InternalServerError", "Apple has a fault of its own", WAIT
    APPLE_UNAVAILABLE = "ServiceUnavailable", "Apple's push service is not available for the moment", WAIT
    SHUTDOWN = "Shutdown", "the server of Apple's that we spoke to is shutting down", WAIT

    # FCM: our service account.
    PERMISSION_DENIED = "PERMISSION_DENIED", "Google does not let this service account push", _FCM_ACCOUNT
    UNAUTHENTICATED = "UNAUTHENTICATED", "Google does not accept our access token", _FCM_ACCOUNT
    NOT_FOUND = "NOT_FOUND", "Google does not know the Firebase project", _FCM_ACCOUNT
    # FCM: this device.
    THIRD_PARTY_AUTH_ERROR = (
        "THIRD_PARTY_AUTH_ERROR",
        "the device's token is one of an iOS or web app, for which Google has no key of ours, so it is passed by",
        "Nothing if it is one device. If it is all of them, look at the project's Cloud Messaging settings in Firebase.",
    )
    SENDER_ID_MISMATCH = (
        "SENDER_ID_MISMATCH",
        "the device's token belongs to another Firebase project, so it is passed by",
        "Nothing if it is one device. If it is all of them, look at FCM_SERVICE_ACCOUNT.",
    )
    UNREGISTERED = "UNREGISTERED", "the app was removed from the device", DEVICE_REMOVED
    # FCM: this push.
    INVALID_ARGUMENT = "INVALID_ARGUMENT", "Google does not accept a field of the push", DEFECT
    # FCM: for now.
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED", "Google got too many pushes from us, or for this device", WAIT
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED", "Google got too many pushes from our project", WAIT
    INTERNAL = "INTERNAL", "Google has a fault of its own", WAIT
    UNAVAILABLE = "UNAVAILABLE", "Google's push service is not available for the moment", WAIT
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED", "Google did not finish in time", WAIT
