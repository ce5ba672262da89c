"""From devices to the delivery: one good device does not hide the failure of another, and nobody is pushed twice."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from owlpost.channels.mobile_push.outcome import due_devices, outcome
from owlpost.channels.mobile_push.verdict import Push, PushVerdict
from owlpost.channels.per_destination import TargetOutcome
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Device, Notification
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent, Skipped

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

DELIVERED = PushVerdict(TargetOutcome.DELIVERED, None, 200, "apns-id-1")
DEAD = PushVerdict(TargetOutcome.DEAD, "Unregistered", 410, dead_since=NOW)
REFUSED = PushVerdict(TargetOutcome.REFUSED, "PayloadTooLarge", 413)
SKIPPED = PushVerdict(TargetOutcome.SKIPPED, "no_apns_key")


def transient(reason: str = "timeout", **told: object) -> PushVerdict:
    return PushVerdict(TargetOutcome.TRANSIENT, reason, fault=TransientFault(reason, **told))  # type: ignore[arg-type] # the fault's own keywords


def device() -> Device:
    return Device(uuid4(), "ios", "ab" * 32, "production", NOW - timedelta(days=1))


def delivery(*devices: Device, earlier: dict[UUID, str] | None = None) -> Delivery:
    notification = Notification(uuid4(), "feedback.new", "t", None, None, {}, None, uuid4(), NOW)
    records = {str(key): {"outcome": value, "reason": "earlier"} for key, value in (earlier or {}).items()}
    return Delivery(uuid4(), uuid4(), notification, devices=devices, metadata={"devices": records} if records else {})


def after(*verdicts: PushVerdict, earlier: dict[UUID, str] | None = None) -> Outcome:
    devices = [device() for _ in verdicts]
    attempt = delivery(*devices, earlier=earlier)
    pushes = [Push(attempt, each, verdict=verdict) for each, verdict in zip(devices, verdicts, strict=True)]
    return outcome(attempt, pushes, at=NOW)


def test_one_delivered_device_is_enough() -> None:
    assert isinstance(after(DELIVERED, DEAD, REFUSED, SKIPPED), Sent)


def test_a_device_that_may_yet_be_reached_keeps_the_delivery_open() -> None:
    result = after(DELIVERED, transient())
    assert isinstance(result, Retry)
    assert result.fault.reason == "timeout"


def test_an_open_delivery_says_whether_a_device_has_it_already() -> None:
    phone = uuid4()
    results = [
        after(DELIVERED, transient()),
        after(transient(), earlier={phone: "delivered"}),
        after(DEAD, transient()),
    ]
    assert [result.reached for result in results if isinstance(result, Retry)] == [True, True, False]


def test_a_refused_payload_fails_when_nobody_took_it() -> None:
    result = after(DEAD, REFUSED, SKIPPED)
    assert isinstance(result, Failed)
    assert result.reason == "PayloadTooLarge"


def test_devices_without_a_provider_are_skipped_with_the_reason() -> None:
    result = after(SKIPPED)
    assert isinstance(result, Skipped)
    assert result.reason == "no_apns_key"


def test_dead_devices_are_handed_over_for_deletion() -> None:
    gone = device()
    attempt = delivery(gone)
    result = outcome(attempt, [Push(attempt, gone, verdict=DEAD)], at=NOW)
    assert isinstance(result, Skipped)
    assert result.reason == "no_live_device"
    assert result.dead_devices == (DeadDevice(gone.id, NOW),)


def test_nobody_to_tell_is_skipped() -> None:
    result = after()
    assert isinstance(result, Skipped)
    assert result.reason == "no_device"


def test_the_longest_wait_of_several_faults_is_kept_and_doubt_is_not_lost() -> None:
    result = after(transient("TooManyRequests", retry_after=30.0, counts=False), transient("timeout", ambiguous=True))
    assert isinstance(result, Retry)
    fault = result.fault
    assert (fault.reason, fault.retry_after, fault.ambiguous, fault.counts) == ("TooManyRequests", 30.0, True, True)


def test_rate_limits_alone_use_up_no_attempt() -> None:
    result = after(transient("TooManyRequests", counts=False))
    assert isinstance(result, Retry)
    assert not result.fault.counts


def test_the_record_says_what_became_of_each_device() -> None:
    phone = device()
    attempt = delivery(phone)
    assert outcome(attempt, [Push(attempt, phone, verdict=DELIVERED)], at=NOW).metadata == {
        "devices": {
            str(phone.id): {
                "outcome": "delivered",
                "platform": "ios",
                "status": 200,
                "reason": None,
                "id": "apns-id-1",
                "at": "2026-11-23T12:00:00+00:00",
            }
        }
    }


def test_a_retry_goes_only_to_devices_without_a_final_outcome() -> None:
    phones = [device() for _ in range(6)]
    states = ["delivered", "dead", "refused", "skipped", "transient"]
    earlier = {phone.id: state for phone, state in zip(phones, states, strict=False)}
    assert due_devices(delivery(*phones, earlier=earlier)) == phones[4:]


def test_what_earlier_attempts_recorded_is_kept_and_counts() -> None:
    reached = uuid4()
    result = after(DEAD, earlier={reached: "delivered"})
    assert isinstance(result, Sent)
    assert str(reached) in str(result.metadata)


def test_a_device_that_is_gone_since_an_earlier_attempt_keeps_nothing_open() -> None:
    result = after(earlier={uuid4(): "transient"})
    assert isinstance(result, Skipped)
    assert result.reason == "no_device"
