"""The reason codes that Owlpost itself writes on a delivery, each with its meaning and its remedy.

A provider's own codes are in `provider_reasons`. `explanations` puts any code into words.
"""

from owlpost.domain.explained_code import CONNECT_ONE, DEFECT, NOTHING, REDRIVE, WAIT, WAIT_ITS_TIME, ExplainedCode


class Reason(ExplainedCode):
    """Why a delivery was skipped, failed, or is tried again. A new code is a new member here."""

    # Decided before anything is sent.
    PREFERENCE_OFF = "preference_off", "the person has switched this type off on this channel", NOTHING
    DEFAULT_OFF = (
        "default_off",
        "the type is off on this channel by default, and the person has not switched it on",
        NOTHING,
    )
    CHANNEL_OFF = "channel_off", "the person has switched the whole channel off", NOTHING
    NOT_OFFERED = "not_offered", "the type is not sent over this channel", NOTHING
    NOT_FOR_ROOMS = "not_for_rooms", "the type is about one person, and a room sees what every member may see", NOTHING
    TYPE_NOT_CHOSEN = (
        "type_not_chosen",
        "the room is told of other types alone",
        "Have an admin of the team choose the type for it.",
    )
    CHANNEL_NOT_HERE = (
        "channel_not_here",
        "this installation does not send over its channel any more",
        "Name the channel in CHANNELS.",
    )
    MAILED_DIRECTLY = (
        "mailed_directly",
        "mail of this type goes out directly and never through a notification",
        NOTHING,
    )
    UNKNOWN_TYPE = (
        "unknown_type",
        "there is no such notification type",
        "Check the spelling: the registry lists the types.",
    )
    UNKNOWN_USER = "unknown_user", "there is no person with this id or address", "Check the spelling."
    READ = "read", "the person had read it in the inbox before it was due", NOTHING
    DELETED = "deleted", "the person had deleted it from the inbox before it was due", NOTHING
    USER_GONE = "user_gone", "the person's account is gone", NOTHING
    ERASED = "erased", "the person was erased before it was sent", NOTHING
    NOT_IN_TEAM = (
        "not_in_team",
        "the person was not a member of the team it is about when it was enqueued",
        "Look at the producer's user_ids and team_id.",
    )
    LEFT_TEAM = "left_team", "the person is no longer a member of the team it is about", NOTHING
    NO_ADDRESS = "no_address", "the person has no e-mail address", "Have the person add one."
    INVALID_ADDRESS = (
        "invalid_address",
        "the address is not one plain e-mail address",
        "Have the person correct it. " + REDRIVE,
    )
    SUPPRESSED = (
        "suppressed",
        "mail to this address bounced for good, or was reported as unwanted",
        "Once the address works again: owlpost release ADDRESS.",
    )
    NOT_ON_GUEST_LIST = (
        "not_on_guest_list",
        "this installation reaches nobody but those on its guest list",
        "Add the address, its @domain or the device token to GUEST_LIST.",
    )
    NO_DEVICE = (
        "no_device",
        "the person has registered no device",
        "Have the person open the app and allow notifications.",
    )
    NO_LIVE_DEVICE = (
        "no_live_device",
        "every device of the person was given up by its provider",
        "Have the person open the app on a device.",
    )
    NO_DESTINATION = "no_destination", "the person has connected nothing on this channel", CONNECT_ONE
    DESTINATION_DEAD = (
        "destination_dead",
        "its receiver said that it is gone for good, or it has failed for days",
        "Have the person test it again, which revives it if it answers; owlpost revive ID does so without a test. "
        + CONNECT_ONE,
    )
    DESTINATION_OFF = "destination_off", "the person has switched it off", NOTHING
    NOT_VERIFIED = (
        "not_verified",
        "the receiver has not proven that it is the person's: its answer did not hold the challenge",
        "Have the receiver answer with the challenge of the test's body.",
    )
    BLOCKED_ADDRESS = (
        "blocked_address",
        "the name leads to an address that is not of the public internet, which nothing is sent to",
        "Look at the name's DNS. WEBHOOK_INSIDE allows a receiver of one's own network.",
    )
    REDIRECTED = (
        "redirected",
        "the receiver answered with a redirect, which is never followed",
        "Have the person connect the URL that it leads to.",
    )
    DESTINATION_UNREADABLE = (
        "destination_unreadable",
        "the key that opens what the database keeps of it is not among DESTINATION_KEYS",
        "Bring the key back, or have the person connect it again.",
    )
    UNKNOWN_PLATFORM = (
        "unknown_platform",
        "the device is of a platform that no push provider of ours serves, so it is passed by",
        "Look at what the app registers as platform: ios or android.",
    )
    NO_APNS_KEY = (
        "no_apns_key",
        "no APNs key is configured, so iOS devices are passed by",
        "Set APNS_KEY_ID, APNS_TEAM_ID, …",
    )
    NO_FCM_KEY = (
        "no_fcm_key",
        "no FCM service account is configured, so Android devices are passed by",
        "Set FCM_SERVICE_ACCOUNT.",
    )
    NO_WEB_PUSH_KEY = (
        "no_web_push_key",
        "no secret of web push is configured, so browsers are passed by",
        "Set WEB_PUSH_SECRET. A deployment makes one by itself.",
    )
    NO_TELEGRAM_TOKEN = (
        "no_telegram_token",
        "no token of a Telegram bot is configured, so chats are passed by",
        "Set TELEGRAM_BOT_TOKEN.",
    )
    CONSOLE = (
        "console",
        "no Resend key is configured, so the mail is printed to the log and goes no further",
        "Set RESEND_API_KEY.",
    )
    RENDER_ERROR = (
        "render_error",
        "the mail or push could not be made from the notification, and nothing was sent",
        "Look at the worker's log for the traceback. " + REDRIVE,
    )

    # An operator's or a producer's hand, and the person's own times: see `domain.judgement`.
    RECALLED = "recalled", "its request was recalled before it went out", NOTHING
    HELD = (
        "held",
        "an operator's hold stops it, which uses up no attempt and no age",
        "owlpost holds says which hold; owlpost let-go ID ends it.",
    )
    DISCARDED = "discarded", "an operator ended the hold that stopped it, and had its deliveries discarded", NOTHING
    LET_GO = "let_go", "its hold has ended, and it waits for its turn at the rate that was asked for", WAIT_ITS_TIME
    BRAKE = (
        "brake",
        "the person was told of this type too often within the hour, so it is in the inbox only",
        "Look at what sends so much: owlpost top --by producer. BRAKE_PER_PERSON is the limit.",
    )
    PAUSED = "paused", "the person has paused all notifications but those in the inbox", NOTHING
    QUIET_HOURS = "quiet_hours", "the person has quiet hours now", WAIT_ITS_TIME
    NOT_BEFORE = "not_before", "the request asks to send it later", WAIT_ITS_TIME
    UNREAD_FIRST = (
        "unread_first",
        "its mail is sent only if the person has not read it in the inbox by then",
        WAIT_ITS_TIME,
    )
    PROJECT_OFF = (
        "project_off",
        "the person has switched this type, or every type, off for this project on this channel",
        NOTHING,
    )

    # Faults that pass. The provider did not take it this time.
    RATE_LIMITED = "rate_limited", "the provider asked us to slow down, which uses up no attempt", WAIT
    OUT_OF_TIME = (
        "out_of_time",
        "the worker's time was over before it was this batch's turn to call, so nothing was sent",
        WAIT,
    )
    NO_ANSWER = "no_answer", "no answer came for this delivery before the time was over", WAIT
    TIMEOUT = "timeout", "the provider did not answer in time", WAIT
    DEADLINE = "deadline", "the time for the batch was over before the provider answered", WAIT
    CONNECTION_FAILED = "connection_failed", "no connection to the provider could be made", WAIT
    CONNECTION_LOST = "connection_lost", "the connection to the provider broke", WAIT
    UNREACHABLE = "unreachable", "the provider could not be reached", WAIT
    CHAT_BLOCKED = (
        "chat_blocked",
        "the person has blocked the bot in Telegram, so the destination is dead",
        "Nothing: it lives again when they take the bot back there.",
    )
    CHAT_MOVED = "chat_moved", "the group has become another one, which is told instead", WAIT
    STREAM_RESET = "stream_reset", "the provider broke off this one request", WAIT
    ANSWER_LOST = "answer_lost", "the provider's answer was lost on its way", WAIT
    UNREADABLE_ANSWER = "unreadable_answer", "the provider's answer made no sense", WAIT
    BATCH_INCOMPLETE = (
        "batch_incomplete",
        "a worker holds other mails of its frozen batch, and a batch goes out whole or not at all",
        WAIT,
    )
    REJECTED_WHOLE = (
        "rejected_whole",
        "the provider refused the whole batch for something in it, which is now searched for by halves",
        WAIT,
    )
    MASS_DEAD_TOKENS = (
        "mass_dead_tokens",
        "the provider called too many devices or browsers dead at once, so it is doubted: none of them is given up",
        "Look at APNS_ENV, APNS_BUNDLE_ID and the FCM project. If they are right, and of web push: nothing, it is asked again.",
    )
    FCM_TOKEN_UNAVAILABLE = (
        "fcm_token_unavailable",
        "Google gave no access token",
        "Look at FCM_SERVICE_ACCOUNT if it does not pass.",
    )
    FCM_TOKEN_REFUSED = (
        "fcm_token_refused",
        "Google does not accept our service account, so no push to Android can be sent",
        "Look at FCM_SERVICE_ACCOUNT: is the key deleted or replaced, and is the clock right?",
    )
    PROVIDER_PAUSED = (
        "provider_paused",
        "the provider refuses our account, so deliveries over it wait; this uses up no attempt and no age",
        "Mend the cause that the log names. A probe once a minute finds out, and all goes on by itself.",
    )
    ADAPTER_ERROR = "adapter_error", "the channel's adapter raised an error of its own", DEFECT

    # The end.
    FAILED_AFTER_ACCEPTANCE = (
        "failed_after_acceptance",
        "the provider accepted the mail, and reported later that it could not send it",
        "Look at the provider's reason above: a quota, the domain, the key. " + REDRIVE,
    )
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "the provider may have sent it, and no longer knows",
        "Ask the provider or the person; then owlpost redrive --include-unknown, at the risk of telling twice.",
    )
