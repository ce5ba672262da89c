"""The seams of the topology: two files that must agree."""

from importlib import import_module
from itertools import count
from pathlib import Path

import pytest

import functions
from infra.environment import SHARED_SETTINGS, function_environment
from infra.local.runtime.async_invocations import RETRY_DELAYS
from infra.topology.canary import whole
from infra.topology.model import EventSource, Function, Queue, physical_name
from infra.topology.plan import GUEST_SETTINGS, METER_SETTINGS, VISIBILITY_FACTOR
from owlpost.channels.email.settings import EmailSettings
from owlpost.db.session import IDLE_SESSION_TIMEOUT, RECYCLED_AFTER, DatabaseAddress
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS, queued_with
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.queue_names import DIGEST, WAKEUP, url_variable
from owlpost.domain.sweep_order import GRACE
from owlpost.queue import MAX_VISIBILITY_SECONDS
from owlpost.queue_messages import MAX_DELAY_SECONDS
from owlpost.services import wakeup
from owlpost.services.delivery.attempt import IDEMPOTENCY_WINDOW
from owlpost.services.delivery.messages import LAST_RECEIVES
from owlpost.settings import Settings
from owlpost.wiring.api import API_SECONDS

TOPOLOGY = whole()
#: What the stack and the laptop hand to every function.
SHARED = {"DATABASE_HOST": "db.example", "DATABASE_USER": "owlpost", "DATABASE_PORT": "5432"}
QUEUE_URLS = {
    name: f"https://sqs.example/{physical_name(name)}"
    for queue in TOPOLOGY.queues
    for name in (queue.name, queue.dead_letter_name)
}

SWEEP_SECONDS = 5 * 60
#: API Gateway gives up on a function after so long, and Aurora takes at least so long without connections to pause.
GATEWAY_SECONDS = 30
LEAST_PAUSE_SECONDS = 300

every_function = pytest.mark.parametrize("function", TOPOLOGY.functions, ids=lambda function: function.name)
every_queue = pytest.mark.parametrize("queue", TOPOLOGY.queues, ids=lambda queue: queue.name)
every_source = pytest.mark.parametrize("source", TOPOLOGY.event_sources, ids=lambda source: source.queue)
every_channel = pytest.mark.parametrize("channel", queued_with(OPTIONAL_CHANNELS), ids=lambda channel: channel.key)


def environment(function: Function) -> dict[str, str]:
    return function_environment(function, shared=SHARED, queue_urls=QUEUE_URLS, settings={})


def entries_on_disk() -> set[str]:
    """A module of `functions/` is an entry, a package of it one by its `main`."""
    (root,) = map(Path, functions.__path__)
    alone = {f"functions.{file.stem}.handler" for file in root.glob("*.py") if file.stem != "__init__"}
    return alone | {f"functions.{file.parent.name}.main.handler" for file in root.glob("*/main.py")}


@every_function
def test_every_entry_imports_to_something_that_can_be_called(function: Function) -> None:
    module, _, name = function.entry.rpartition(".")
    assert callable(getattr(import_module(module), name))


def test_every_module_of_functions_is_in_the_topology_and_no_other() -> None:
    assert {function.entry for function in TOPOLOGY.functions} == entries_on_disk()


def test_names_are_used_once() -> None:
    for things in (TOPOLOGY.functions, TOPOLOGY.queues, TOPOLOGY.schedules):
        names = [physical_name(thing.name) for thing in things]
        assert len(set(names)) == len(names)


@every_function
def test_a_function_stays_inside_what_lambda_allows(function: Function) -> None:
    assert 128 <= function.memory_mb <= 10_240
    assert 1 <= function.timeout <= 900
    assert len(physical_name(function.name)) <= 64


@every_queue
def test_a_dead_letter_is_kept_longer_than_the_message_it_was(queue: Queue) -> None:
    assert queue.dead_letter_retention > queue.retention
    assert queue.dead_letter_name == f"{queue.name}-dlq"
    assert queue.dead_letter_retention <= 14 * 86_400


@every_queue
def test_a_message_is_received_often_enough_to_be_replaced_before_it_is_taken_for_poison(queue: Queue) -> None:
    assert queue.max_receive_count - LAST_RECEIVES >= 2


@every_source
def test_an_event_source_joins_a_queue_and_a_function_that_exist(source: EventSource) -> None:
    assert TOPOLOGY.queue(source.queue).name == source.queue
    assert TOPOLOGY.function(source.function).name == source.function


@every_source
def test_a_message_stays_hidden_for_six_times_the_functions_timeout_and_the_window(source: EventSource) -> None:
    queue, function = TOPOLOGY.queue(source.queue), TOPOLOGY.function(source.function)
    assert queue.visibility_timeout >= VISIBILITY_FACTOR * function.timeout + source.window
    assert VISIBILITY_FACTOR >= 6
    assert queue.visibility_timeout <= MAX_VISIBILITY_SECONDS


@every_source
def test_an_event_source_stays_inside_what_sqs_and_lambda_allow(source: EventSource) -> None:
    assert 1 <= source.batch_size <= (10_000 if source.window else 10)
    assert 0 <= source.window <= 300
    assert 2 <= source.max_concurrency <= 1_000


def test_a_mail_worker_knows_how_many_others_share_the_providers_limit() -> None:
    [source] = [each for each in TOPOLOGY.event_sources if each.queue == "email"]
    for function, others in (("deliver-email", source.max_concurrency - 1), ("api", source.max_concurrency)):
        environment = function_environment(TOPOLOGY.function(function), shared={}, queue_urls={}, settings={})
        assert EmailSettings.from_section(environment).delivery_other_workers == others > 0


def test_every_queue_is_read_by_exactly_one_function() -> None:
    readers = {(source.queue, source.function) for source in TOPOLOGY.event_sources}
    readers |= {(name, each.name) for each in TOPOLOGY.functions for name in each.receives if not name.endswith("-dlq")}
    assert sorted(queue for queue, _ in readers) == sorted(queue.name for queue in TOPOLOGY.queues)


def test_every_schedule_starts_a_function_that_exists() -> None:
    for schedule in TOPOLOGY.schedules:
        assert TOPOLOGY.function(schedule.function).name == schedule.function
        assert schedule.expression.startswith(("rate(", "cron("))


@every_channel
def test_a_queued_channel_has_its_own_queue_and_worker(channel: Channel) -> None:
    source = next(source for source in TOPOLOGY.event_sources if source.queue == channel.key)
    worker = TOPOLOGY.function(source.function)
    assert worker.settings == (*channel.settings, *METER_SETTINGS, *GUEST_SETTINGS)
    assert Settings(environment(worker)).delivery.channel == channel.key


def test_what_is_written_at_once_has_no_queue() -> None:
    names = {queue.name for queue in TOPOLOGY.queues}
    assert names == {"requests", WAKEUP, DIGEST, *(channel.key for channel in queued_with(OPTIONAL_CHANNELS))}
    assert names.isdisjoint(key for key, channel in NOTIFICATION_CHANNELS.items() if not channel.queued)


@every_channel
def test_a_lease_outlasts_the_function_that_holds_it_and_ends_before_its_message_comes_back(channel: Channel) -> None:
    source = next(source for source in TOPOLOGY.event_sources if source.queue == channel.key)
    worker, queue = TOPOLOGY.function(source.function), TOPOLOGY.queue(channel.key)
    plan = Settings(environment(worker)).delivery
    assert worker.timeout < plan.lease_seconds < queue.visibility_timeout
    assert plan.max_receives == queue.max_receive_count


@every_channel
def test_a_delivery_is_given_up_before_its_message_is_lost(channel: Channel) -> None:
    source = next(source for source in TOPOLOGY.event_sources if source.queue == channel.key)
    retry = Settings(environment(TOPOLOGY.function(source.function))).delivery.retry
    assert retry.patience_seconds < retry.deadline_seconds < TOPOLOGY.queue(channel.key).retention
    assert retry.base_seconds < retry.cap_seconds < MAX_VISIBILITY_SECONDS
    assert IDEMPOTENCY_WINDOW.total_seconds() <= retry.deadline_seconds


def test_the_sweep_looks_more_often_than_its_grace_and_no_two_run_at_once() -> None:
    (sweep,) = (schedule for schedule in TOPOLOGY.schedules if schedule.function == "sweep")
    assert sweep.expression == "rate(5 minutes)"
    assert GRACE.total_seconds() > 5 * 60
    assert TOPOLOGY.function("sweep").reserved_concurrency == 1


def test_a_wakeup_is_seen_only_when_all_that_it_stands_for_is_committed() -> None:
    arming = [each for each in TOPOLOGY.functions if WAKEUP in each.sends]
    assert {each.name for each in arming} == {"enqueue", "digest", "operate", "sweep", "cleanup", "canary"}
    longest = max(each.timeout for each in arming)
    assert wakeup.COALESCED.total_seconds() + longest < wakeup.DELAY.total_seconds() <= MAX_DELAY_SECONDS


def test_a_wakeup_outlives_sweeps_that_fail_and_is_no_alarm_while_it_waits_in_good_order() -> None:
    queue = TOPOLOGY.queue(WAKEUP)
    assert queue.visibility_timeout < RETRY_DELAYS[0], "a retry that finds nothing would pass for a success"
    tries_a_day = 86_400 / SWEEP_SECONDS * (1 + len(RETRY_DELAYS))
    assert tries_a_day < queue.max_receive_count < tries_a_day * queue.retention / 86_400, "it ends as a dead letter"
    assert queue.oldest is not None
    assert queue.oldest > wakeup.DELAY.total_seconds() + 2 * SWEEP_SECONDS


def test_the_api_answers_for_a_database_that_wakes_up_before_it_is_cut_off() -> None:
    address = DatabaseAddress("db.example", 5432, "owlpost", "owlpost", statement_timeout=API_SECONDS)
    assert address.answer_timeout < TOPOLOGY.function("api").timeout < GATEWAY_SECONDS


def test_no_connection_is_asked_whether_it_is_there_when_its_database_may_have_paused() -> None:
    assert RECYCLED_AFTER < IDLE_SESSION_TIMEOUT + LEAST_PAUSE_SECONDS


def test_cleanup_runs_daily_at_six() -> None:
    (cleanup,) = (schedule for schedule in TOPOLOGY.schedules if schedule.function == "cleanup")
    assert cleanup.expression == "cron(0 6 * * ? *)"


def test_the_audit_runs_daily_while_cleanups_database_is_still_awake() -> None:
    """Aurora pauses no sooner than after five idle minutes."""
    (audit,) = (schedule for schedule in TOPOLOGY.schedules if schedule.function == "audit")
    assert audit.expression == "cron(3 6 * * ? *)"


@every_function
def test_the_environment_that_a_function_gets_satisfies_its_settings(function: Function) -> None:
    settings = Settings(environment(function))
    assert settings.database.host == "db.example"
    assert settings.retention.read_days == 30
    assert settings.queue_urls == QUEUE_URLS
    if function.name.startswith("deliver-"):
        assert settings.delivery.lease_seconds > function.timeout


def test_a_worker_sees_its_own_channels_secrets_and_no_others() -> None:
    number = count()
    secrets = {
        f"{prefix}SECRET" if prefix.endswith("_") else prefix: str(next(number))
        for function in TOPOLOGY.functions
        for prefix in function.settings
    }
    for channel in queued_with(OPTIONAL_CHANNELS):
        worker = TOPOLOGY.function(f"deliver-{channel.key}")
        seen = function_environment(worker, shared=SHARED, queue_urls=QUEUE_URLS, settings=secrets)
        given = secrets.keys() - worker.environment.keys()
        assert seen.keys() & given == {
            key
            for key in given
            if key.startswith((*channel.settings, *METER_SETTINGS, *GUEST_SETTINGS, *SHARED_SETTINGS))
        }


def test_queue_urls_come_back_by_the_names_they_went_in_with() -> None:
    variables = {url_variable(name): url for name, url in QUEUE_URLS.items()}
    assert Settings(variables).queue_urls == QUEUE_URLS
