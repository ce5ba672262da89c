"""The short codes on a delivery in words an operator can act on: what each means, and what to do about it."""

from dataclasses import dataclass

_WAIT = "Nothing: it is tried again by itself."
_REDRIVE = "Once the cause is mended: owlpost redrive."
_NOTHING = "Nothing: it rightly was not sent."


@dataclass(frozen=True, slots=True)
class Reason:
    meaning: str
    remedy: str


REASONS: dict[str, Reason] = {
    # before anything is sent
    "preference_off": Reason("the person has switched this type off on this channel", _NOTHING),
    "default_off": Reason(
        "the type is off on this channel by default, and the person has not switched it on", _NOTHING
    ),
    "not_offered": Reason("the type is not sent over this channel", _NOTHING),
    "mailed_directly": Reason("mail of this type goes out directly and never through a notification", _NOTHING),
    "unknown_type": Reason("there is no such notification type", "Look at the spelling: the registry lists the types."),
    "unknown_user": Reason("there is no person with this id or address", "Look at the spelling."),
    "read": Reason("the person had read it in the inbox before it was due", _NOTHING),
    "deleted": Reason("the person had deleted it from the inbox before it was due", _NOTHING),
    "user_gone": Reason("the person's account is gone", _NOTHING),
    "left_team": Reason("the person is no longer a member of the team it is about", _NOTHING),
    "no_address": Reason("the person has no e-mail address", "Have the person add one."),
    "invalid_address": Reason("the address is not one plain e-mail address", "Have the person correct it. " + _REDRIVE),
    "suppressed": Reason(
        "mail to this address bounced for good, or was reported as unwanted",
        "Once the address works again: owlpost release ADDRESS.",
    ),
    "no_device": Reason("the person has registered no device", "Have the person open the app and allow notifications."),
    "no_live_device": Reason(
        "every device of the person was given up by its provider", "Have the person open the app on a device."
    ),
    "no_apns_key": Reason(
        "no APNs key is configured, so iOS devices are passed by", "Set APNS_KEY_ID, APNS_TEAM_ID, …"
    ),
    "no_fcm_key": Reason(
        "no FCM service account is configured, so Android devices are passed by", "Set FCM_SERVICE_ACCOUNT."
    ),
    "console": Reason(
        "no Resend key is configured, so the mail is printed to the log and goes no further", "Set RESEND_API_KEY."
    ),
    # the provider, for now
    "rate_limited": Reason("the provider asked us to slow down, which uses up no attempt", _WAIT),
    "no_answer": Reason("no answer came for this delivery before the time was over", _WAIT),
    "timeout": Reason("the provider did not answer in time", _WAIT),
    "deadline": Reason("the time for the batch was over before the provider answered", _WAIT),
    "connection_failed": Reason("no connection to the provider could be made", _WAIT),
    "connection_lost": Reason("the connection to the provider broke", _WAIT),
    "unreachable": Reason("the provider could not be reached", _WAIT),
    "stream_reset": Reason("the provider broke off this one request", _WAIT),
    "answer_lost": Reason("the provider's answer was lost on its way", _WAIT),
    "unreadable_answer": Reason("the provider's answer made no sense", _WAIT),
    "batch_incomplete": Reason(
        "other mails of its frozen batch are held by a worker, and a batch goes out whole or not at all", _WAIT
    ),
    "rejected_whole": Reason(
        "something in its batch made the provider refuse all of it; it is now looked for by halves", _WAIT
    ),
    "mass_dead_tokens": Reason(
        "most devices of the batch were called dead at once, which says more about our settings; none was removed",
        "Look at APNS_ENV, APNS_BUNDLE_ID and the FCM project.",
    ),
    "fcm_token_unavailable": Reason("Google gave no access token", "Look at FCM_SERVICE_ACCOUNT if it does not pass."),
    "adapter_error": Reason(
        "the channel's adapter raised an error of its own", "Look at the worker's log; it is a defect."
    ),
    # the provider, for good
    "outcome_unknown": Reason(
        "the provider may have sent it, and no longer knows",
        "Ask the provider or the person; then owlpost redrive --include-unknown, at the risk of telling twice.",
    ),
    "validation_error": Reason(
        "the provider refused this mail as invalid", "Look at the address and the content. " + _REDRIVE
    ),
    "PayloadTooLarge": Reason(
        "the push is larger than the provider takes", "It is a defect: bodies are trimmed to fit."
    ),
    "BadTopic": Reason("Apple does not know this bundle id", "Look at APNS_BUNDLE_ID. " + _REDRIVE),
    "TopicDisallowed": Reason("Apple does not let this key push to this app", "Look at APNS_BUNDLE_ID. " + _REDRIVE),
    "DeviceTokenNotForTopic": Reason(
        "the device's token belongs to another app", "Look at APNS_BUNDLE_ID. " + _REDRIVE
    ),
    "InvalidProviderToken": Reason("Apple does not accept our key", "Look at APNS_KEY_ID, APNS_TEAM_ID, APNS_KEY_P8."),
    "SENDER_ID_MISMATCH": Reason(
        "the device's token belongs to another Firebase project", "Look at FCM_SERVICE_ACCOUNT."
    ),
    "PERMISSION_DENIED": Reason("Google does not let this service account push", "Look at FCM_SERVICE_ACCOUNT."),
    "Unregistered": Reason("the app was removed from the device", "Nothing: the device was removed."),
    "UNREGISTERED": Reason("the app was removed from the device", "Nothing: the device was removed."),
    "BadDeviceToken": Reason("Apple does not know the device's token", "Nothing: the device was removed."),
}


def explain(code: str) -> Reason:
    """The reason in words; a code that is not listed is the provider's own and is given as it is."""
    return REASONS.get(code) or Reason(
        f"the provider answered {code}", "Look the code up in the provider's documentation."
    )
