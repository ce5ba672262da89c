"""The judgement in SQL, in the fan-out and in the claim, against the pure one, for any rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from owlpost.domain import json_values
from owlpost.domain.brake import Brake, hour_of
from owlpost.domain.idempotency import Key
from owlpost.domain.judgement import Facts, Held, Judgement, Never, Send, Wait, judge, judge_new
from owlpost.domain.moments import QuietHours, moment
from owlpost.domain.preferences import child, decide, unread_wait
from owlpost.domain.reasons import Reason
from owlpost.domain.types import NOTIFICATION_TYPE_META
from tests.support.json_blobs import json_values as any_json
from tests.support.people import add_person
from tests.support.services import dispatching
from tests.support.stage import Stage

KIND = NOTIFICATION_TYPE_META["feedback.new"]
PROJECT = "atlas"
RULES = {str(each): each for each in Reason}
#: The stage begins here, so that times of a person's clock can be drawn near it.
NOON = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

moments = st.sampled_from([-3_600, -1, 0, 1, 60, 3_600, 86_400]).map(
    lambda seconds: (NOON + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
)
odd_moments = (
    moments | st.sampled_from(["2026-02-30T00:00:00Z", "tomorrow", "2026-11-01", "infinity", 7, None]) | any_json
)
clocks = st.sampled_from(["00:00", "01:30", "02:30", "07:00", "22:00", "23:59"])
quiet_hours = st.fixed_dictionaries(
    {"start": clocks, "end": clocks},
    optional={
        "time_zone": st.sampled_from(
            ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC"]
        )
        | st.sampled_from(["EST", "Foo/Bar", "FOO+3", "", 7, None]),
        "days": st.none()
        | st.lists(st.integers(1, 7), max_size=7)
        | st.sampled_from([[True], ["1"], 3, [1.0, 9], [[1]]]),
    },
)
switches = st.booleans() | st.sampled_from(["true", 0, None])
choices = st.dictionaries(st.sampled_from(["in_app", "email", "mobile_push"]), switches)
by_type = st.dictionaries(st.sampled_from(["feedback.new", "issue.new", "*"]), choices | any_json)
notifications = st.fixed_dictionaries(
    {},
    optional={
        "channels": choices | any_json,
        "types": by_type | any_json,
        "projects": st.dictionaries(st.sampled_from([PROJECT, "bosun"]), by_type | any_json) | any_json,
        "paused_until": odd_moments,
        "quiet_hours": quiet_hours | any_json,
        "email_after_minutes": st.sampled_from([0, 5, 15, 60, 7, "5", True, None, 5.0]),
    },
)
preferences = st.fixed_dictionaries({"notifications": notifications})
holds = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "channel": st.sampled_from(["email", "mobile_push"]),
            "type": st.sampled_from(["feedback.new", "issue.new"]),
            "producer": st.sampled_from(["billing", "crm"]),
            "until": st.sampled_from([-1, 60]),
        },
    ),
    max_size=2,
)


@dataclass(frozen=True)
class Case:
    """What the rules look at, as rows hold it."""

    preferences: dict[str, Any]
    holds: list[dict[str, Any]]
    producer: str | None
    not_before: int | None
    changes: frozenset[str]
    #: How often the person was told of the type in this hour, in the inbox or not, and what the brake allows.
    told: tuple[bool, ...] = ()
    per_person: int | None = None
    #: How many requests the producer sent within the minute, and what the brake allows.
    requests: int = 0
    per_producer: int | None = None

    @property
    def brake(self) -> Brake:
        return Brake(per_producer=self.per_producer, per_person=self.per_person)


cases = st.builds(
    Case,
    preferences=preferences,
    holds=holds,
    producer=st.sampled_from([None, "billing", "crm"]),
    not_before=st.sampled_from([None, 60, 1_200, 86_400]),
    changes=st.frozensets(st.sampled_from(["recalled", "read", "deleted", "user_gone", "suppressed"]), max_size=1),
    told=st.lists(st.booleans(), max_size=3).map(tuple),
    per_person=st.sampled_from([None, 1, 2, 3]),
    requests=st.integers(0, 3),
    per_producer=st.sampled_from([None, 1, 2]),
)


def pure(case: Case, channel: str, *, at: datetime, told_at: datetime, changes: frozenset[str], in_app: bool) -> Facts:
    said = child(case.preferences, "notifications")
    decision = decide(case.preferences, KIND, channel, PROJECT)
    quiet = QuietHours.read(child(said, "quiet_hours"))
    not_before = None if case.not_before is None else NOON + timedelta(seconds=case.not_before)
    shown_at = max(told_at, not_before or told_at)
    gone = "user_gone" in changes
    return Facts(
        at=at,
        held=case.brake.stops_producer(case.requests, mandatory=KIND.mandatory)
        or any(
            each.get("channel", channel) == channel
            and each.get("type", KIND.key) == KIND.key
            and each.get("producer", case.producer) == case.producer
            and NOON + timedelta(seconds=each.get("until", 10**6)) > at
            for each in case.holds
        ),
        braked=case.brake.stops_person(
            len(case.told) if hour_of(shown_at) == hour_of(NOON) else 0, mandatory=KIND.mandatory
        ),
        recalled="recalled" in changes,
        user_gone=gone,
        deleted="deleted" in changes,
        read="read" in changes,
        suppressed="suppressed" in changes and channel == "email",
        switched_off=None if decision.on or gone else RULES[decision.rule],
        paused_until=None if gone else moment(child(said, "paused_until")),
        quiet_until=quiet.until(at) if quiet and not gone else None,
        not_before=not_before,
        unread_until=shown_at + unread_wait(said, KIND) if channel == "email" and in_app and not gone else None,
    )


def said(row: Mapping[str, Any] | None) -> Judgement:
    """The judgement that a row of a delivery shows."""
    if row is None or row["status"] == "skipped":
        return Never(RULES[row["error"]] if row else Reason.PREFERENCE_OFF)
    if row["waits_for"] == Reason.HELD:
        return Held()
    return Wait(row["next_attempt_at"], RULES[row["waits_for"]]) if row["waits_for"] else Send()


def tell(stage: Stage, case: Case) -> UUID | None:
    """Tell one person by these rules; the request's id."""
    stage.change("delete from notifications")
    stage.change("delete from holds")
    with stage.database.transaction() as connection:
        person = add_person(connection, preferences=case.preferences)
        for each in case.holds:
            until = NOON + timedelta(seconds=each["until"]) if "until" in each else None
            values = {"channel": None, "type": None, "producer": None, **each, "until": until}
            connection.execute(
                text(
                    "insert into holds (channel, type, producer, until, reason, created_by)"
                    " values (:channel, :type, :producer, :until, 'a storm', 'ada')"
                ),
                values,
            )
    body: dict[str, Any] = {
        "type": KIND.key,
        "recipients": {"user_ids": [str(person.id)]},
        "title": "Hello",
        "data": {"project_id": PROJECT},
    }
    if case.producer:
        body["producer"] = case.producer
    if case.not_before is not None:
        body["not_before"] = (NOON + timedelta(seconds=case.not_before)).isoformat()
    told_before(stage, case, person.id)
    dispatch = dispatching(stage.database, stage.queues, stage.clock, brake=case.brake)
    return dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4()))).request_id


def told_before(stage: Stage, case: Case, person: UUID) -> None:
    """What the person was told in this hour and the hour before, and the requests of the producer and of another."""
    for shown in (*case.told, None):
        stage.change(
            "insert into notifications (id, user_id, type, title, data, in_app, request_id, created_at)"
            " values (owlpost_uuid7(), :user, :type, 'Before', '{}', :shown, owlpost_uuid7(),"
            " case when cast(:earlier as boolean) then now() - interval '1 hour' else now() end)",
            user=person,
            type=KIND.key,
            shown=bool(shown),
            earlier=shown is None,
        )
    stage.change("delete from notification_requests")
    for number in range(case.requests + 1):
        other = number == case.requests
        stage.change(
            "insert into notification_requests (key_source, idempotency_key, producer, body_hash, type, created_at)"
            " values ('producer', :key, :producer, '', :type, now() - make_interval(secs => :age))",
            key=str(uuid4()),
            producer=case.producer if not other else "another",
            type=KIND.key,
            age=1,
        )


CHANGES = {
    "recalled": "update notification_requests set recalled_at = now()",
    "read": "update notifications set read_at = now()",
    "deleted": "update notifications set deleted_at = now()",
    "user_gone": "delete from users",
    "suppressed": "insert into email_suppressions (address, reason) select lower(email), 'bounced' from users"
    " on conflict do nothing",
}


def only_row(stage: Stage, channel: str) -> dict[str, Any] | None:
    with stage.database.transaction() as connection:
        found = connection.execute(
            text("select * from notification_deliveries where channel = :channel"), {"channel": channel}
        ).mappings()
        row = found.one_or_none()
        return dict(row) if row else None


def as_seen(judgement: Judgement) -> Judgement:
    """At the fan-out a preference leaves no row, which does not say whose it was."""
    off = {Reason.CHANNEL_OFF, Reason.PREFERENCE_OFF, Reason.DEFAULT_OFF, Reason.PROJECT_OFF}
    return Never(Reason.PREFERENCE_OFF) if isinstance(judgement, Never) and judgement.rule in off else judgement


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_the_fan_out_judges_as_the_pure_function_does(stage: Stage, case: Case) -> None:
    stage.clock.move_to(NOON)
    tell(stage, case)
    for channel in ("email", "mobile_push"):
        in_app = decide(case.preferences, KIND, "in_app", PROJECT).on
        facts = pure(case, channel, at=NOON, told_at=NOON, changes=frozenset(), in_app=in_app)
        assert said(only_row(stage, channel)) == as_seen(judge_new(facts))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases, later=st.sampled_from([0, 61, 1_201, 90_000]))
def test_the_claim_judges_as_the_pure_function_does(stage: Stage, case: Case, later: int) -> None:
    stage.clock.move_to(NOON)
    # the brake on a person is looked at by the fan-out alone
    case = replace(case, per_person=None)
    if tell(stage, replace(case, preferences={}, holds=[], changes=frozenset())) is None:
        return
    told = {channel: only_row(stage, channel) for channel in ("email", "mobile_push")}
    stage.clock.advance(seconds=later)
    stage.change("update notification_deliveries set next_attempt_at = null, waits_for = null")
    stage.change("update users set preferences = cast(:new as jsonb)", new=json_values.compact(case.preferences))
    for each in case.holds:
        until = NOON + timedelta(seconds=each["until"]) if "until" in each else None
        stage.change(
            "insert into holds (channel, type, producer, until, reason, created_by)"
            " values (:channel, :type, :producer, :until, 'a storm', 'ada')",
            **{"channel": None, "type": None, "producer": None, **each, "until": until},
        )
    for change in case.changes:
        stage.change(CHANGES[change])
    for channel, row in told.items():
        if row is None:
            continue
        stage.deliver([row["id"]], by=stage.worker(channel))
        # the inbox shows the row, as the defaults had it
        facts = pure(case, channel, at=stage.clock(), told_at=NOON, changes=case.changes, in_app=True)
        expected = judge(facts)
        after = stage.row(row["id"])
        if isinstance(expected, Send):
            assert after["status"] in {"sent", "skipped"}
            assert after["error"] in {None, "no_device"}
        else:
            assert said(after) == expected
    stage.change("delete from email_suppressions")
