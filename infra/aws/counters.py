"""The counters that functions write: which of them mean that somebody has to act, and why the others do not."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter with an alarm: how many in so many minutes are too many, and what to do first.

    `channel` is the one that it counts by, if it does.
    """

    name: str
    remedy: str
    channel: str | None = None
    threshold: int = 1
    periods: int = 1
    minutes: int = 5


REFUSED_KEY = "The provider refuses our key or settings: read the reason in the log, and put a new key into the secret."
NOT_QUEUED = "SQS did not take messages; the sweep queues them again. See whether SQS or the role has a fault."

WATCHED = (
    Counter("PushMisconfigured", REFUSED_KEY, "mobile_push"),
    Counter("MailMisconfigured", REFUSED_KEY, "email"),
    Counter(
        "MailOverLimit",
        "The account at Resend has used up its quota: raise it; mail waits and goes later.",
        "email",
        periods=3,
    ),
    Counter(
        "MassDeadTokens",
        "Too many tokens were called dead within ten minutes; all were kept and pushes wait:"
        " check APNS_BUNDLE_ID, APNS_ENV and the project of FCM.",
        "mobile_push",
    ),
    Counter(
        "DirectMailFailed",
        "Codes or invitations were not mailed: read the reason in the log of the api function.",
        "email",
        threshold=3,
    ),
    Counter(
        "WebhookRefused",
        "Webhooks with a wrong signature: compare RESEND_WEBHOOK_SECRETS with Resend, else somebody is guessing.",
        "email",
        threshold=10,
        periods=3,
    ),
    Counter(
        "WebhookNotUnderstood",
        "Resend sends events of a form that we do not know: read one in the log, and report it.",
        "email",
        threshold=5,
    ),
    Counter(
        "FailedAfterAcceptance",
        "Resend failed to send accepted mails: look with `owlpost deliveries --error failed_after_acceptance`.",
        "email",
    ),
    Counter("MessagesNotQueued", NOT_QUEUED, "email"),
    Counter("MessagesNotQueued", NOT_QUEUED, "mobile_push"),
    Counter("MessagesNotQueued", NOT_QUEUED, "requests"),
    # SQS leaves a message that was received three times out of its age, so the alarm on the queue's age is silent by then.
    Counter(
        "RequestsWait",
        "Requests were taken four times or more and the database was away each time: see whether it runs, and who may reach"
        " it. After 50 minutes they are dead letters.",
    ),
    Counter(
        "WakeupNotArmed",
        "Sweeps or digests are not armed, so stuck work or a digest may wait until tomorrow:"
        " see whether SQS or the role has a fault.",
    ),
    Counter("SignInRefused", "Many sign-ins are refused: see in the log whether one source guesses.", threshold=50),
    Counter("RenderFailed", "A text or a template has a defect: read the traceback in the worker's log.", "email"),
    Counter("RenderFailed", "A text has a defect: read the traceback in the worker's log.", "mobile_push"),
    # By the hour, as most functions look only when they connect, every ten minutes at most.
    Counter(
        "ClockSkew",
        "A function's clock differs from the database's, which makes tokens of Apple and Google invalid: tell AWS.",
        threshold=3,
        minutes=60,
    ),
    Counter(
        "BrakedRequests",
        "A producer sends more than BRAKE_PER_PRODUCER, and the rest is held: see `owlpost holds`, then `owlpost let-go`.",
    ),
    Counter(
        "BrakedDeliveries",
        "People are told more of one type than BRAKE_PER_PERSON, and the rest is in the inbox only:"
        " find who sends it with `owlpost top --by producer`.",
        "email",
        threshold=100,
    ),
    Counter(
        "BrakedDeliveries",
        "People are told more of one type than BRAKE_PER_PERSON, and the rest is in the inbox only:"
        " find who sends it with `owlpost top --by producer`.",
        "mobile_push",
        threshold=100,
    ),
    Counter("SystemJobFailed", "A scheduled function failed: read its newest error, which was mailed as well."),
)

#: Counters with an alarm of another kind in `alarm_specs.py`.
WATCHED_OTHERWISE = frozenset(
    {"SweepRan", "AuditOffBalance", "Sent", "Failed", "Retried", "TimeToDeliver", "OldestDue", "CanaryMissed"}
)

#: Counters that ask nobody to act, each with the reason.
NOT_WATCHED: Mapping[str, str] = {
    "Enqueued": "how much there is to do",
    "Skipped": "by a person's own choice, or by a setting that explain names",
    "DirectMailNotRecorded": "the database was away for the record of a mail that is out; its errors have alarms",
    "DirectMailSkipped": "the installation has a guest list, and the person is not on it",
    "DeadLettered": "the message is in a dead-letter queue, which has an alarm",
    "DevicesRemoved": "an app was removed; of many at once MassDeadTokens tells",
    "DevicesReturned": "they were retired shortly before MassDeadTokens rang, which has an alarm",
    "BadgesShown": "what was done",
    "Suppressed": "an address bounced or complained, and is left alone from then on",
    "Delivered": "what the provider tells of single mails",
    "Delayed": "the provider goes on trying",
    "Bounced": "the address is suppressed by itself",
    "BouncedForNow": "the mailbox was full or away, and gets the next mail",
    "Complained": "the address is suppressed by itself",
    "SuppressedByProvider": "the provider leaves the address alone",
    "DigestRan": "a digest that fails raises, and function errors has an alarm",
    "Swept": "the sweep did its work; that it must, OldestDue and failure rate tell",
    "ProviderPaused": "the provider is away, and provider away has an alarm",
    "ProviderResumed": "the provider is back",
    "LeftToSweep": "the sweep queues it again; if nobody takes it, OldestDue tells",
    "SettledOneByOne": "an odd row was settled by itself, and ended with a reason that explain tells",
    "DeliveriesReturned": "they belong to devices that MassDeadTokens brought back, which has an alarm",
    "SignInLimited": "a limit did its work; of many refusals SignInRefused tells, which has an alarm",
    "OutcomeUnknown": "its message is in a dead-letter queue, which has an alarm",
    "RetriedAfterServerError": "the provider said no; whom it had told all the same was told twice, which nobody can mend",
    "Released": "the provider is back, and what waited for it goes on",
    "LetGo": "deliveries that were held are sent now, as planned",
    "CameDue": "deliveries whose planned time has come",
    "Recalled": "what a producer or an operator took back",
    "UnknownAnswer": "the delivery is judged by its status, and failure rate or provider away rings if many are hurt",
    "Redriven": "what an operator did",
    "Hurried": "what an operator did",
    "LinesOpened": "how many pages hold a line",
    "LinesRefused": "a ticket was worth nothing; the page asks every half minute in any case",
    "Nudges": "what was done",
    "NudgesFailed": "the page asks in any case, and nobody has to act",
    "HangUpsFailed": "the line is deleted and hears nothing more; API Gateway closes it within two hours",
    "Replaced": "what an operator did",
}
