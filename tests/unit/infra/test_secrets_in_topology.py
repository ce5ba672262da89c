"""A secret goes to whom the topology lets see one of its variables, and to nobody else."""

from infra.environment import function_environment
from infra.topology.canary import as_chosen
from infra.topology.plan import topology
from owlpost.domain.channels import credentials, providers, queued_channels

TOPOLOGY = topology()


def names(function: str) -> set[str]:
    return {secret.name for secret in TOPOLOGY.secrets_of(TOPOLOGY.function(function))}


def test_a_worker_reads_its_own_channels_secret_alone() -> None:
    assert names("deliver-email") == {"resend", "unsubscribe"}
    assert names("deliver-mobile_push") == {"apns", "fcm"}


def test_the_password_of_a_mail_server_has_a_place_of_its_own_where_mail_goes_by_smtp_and_only_there() -> None:
    by_smtp = as_chosen(TOPOLOGY, {"MAIL_SENDER": "smtp"})
    assert "smtp" not in {secret.name for secret in as_chosen(TOPOLOGY, {"MAIL_SENDER": "ses"}).secrets}
    mails = {each.name for each in TOPOLOGY.functions if "resend" in names(each.name)}
    readers = [each.name for each in by_smtp.functions if "smtp" in {one.name for one in by_smtp.secrets_of(each)}]
    assert set(readers) == mails
    assert "api" in readers
    # the last one wins, so that what was once put beside Resend's key still serves until it is moved
    order = [each.name for each in by_smtp.secrets]
    assert order.index("resend") < order.index("smtp")


def test_who_signs_no_sessions_does_not_read_their_keys() -> None:
    assert {function.name for function in TOPOLOGY.functions if "tokens" in names(function.name)} == {"api"}


def test_only_who_takes_webhooks_can_check_their_signatures() -> None:
    assert {function.name for function in TOPOLOGY.functions if "webhooks" in names(function.name)} == {
        "provider_events"
    }


def test_functions_that_need_no_secret_read_none() -> None:
    for name in ("enqueue", "dashboard", "migrate", "operate"):
        assert names(name) == set()


def test_only_who_mails_links_to_unsubscribe_or_takes_them_can_sign_one() -> None:
    readers = {function.name for function in TOPOLOGY.functions if "unsubscribe" in names(function.name)}
    assert readers == {"api", "deliver-email"}


def test_operate_learns_which_credentials_are_set_and_sees_no_value() -> None:
    operate = TOPOLOGY.function("operate")
    assert {secret.name for secret in TOPOLOGY.secrets_told_to(operate)} == set(providers())
    assert {"resend", "apns", "fcm"} <= set(providers())
    values = {name: f"value of {name}" for secret in TOPOLOGY.secrets for name in secret.variables}
    seen = function_environment(operate, shared={}, queue_urls={}, settings={**values, "APNS_KEY_ID": ""})
    asked_for = {name for credential in credentials() for name in credential.variables}
    assert {"RESEND_API_KEY", "APNS_TEAM_ID", "FCM_SERVICE_ACCOUNT"} <= asked_for
    assert set(seen["CREDENTIALS_GIVEN"].split(",")) == asked_for - {"APNS_KEY_ID"}
    assert not [name for name, value in seen.items() if "value of" in value]


def test_every_provider_with_credentials_has_a_secret_with_a_place_for_each() -> None:
    kept = {secret.name: secret.variables for secret in TOPOLOGY.secrets}
    credentials = [credential for channel in queued_channels() for credential in channel.credentials]
    assert len({credential.provider for credential in credentials}) == len(credentials)
    assert {each.provider: each.variables for each in credentials}.items() <= kept.items()
