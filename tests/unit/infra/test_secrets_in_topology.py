"""A secret goes to whom the topology lets see one of its variables, and to nobody else."""

from infra.topology.plan import topology
from owlpost.domain.channels import queued_channels

TOPOLOGY = topology()


def names(function: str) -> set[str]:
    return {secret.name for secret in TOPOLOGY.secrets_of(TOPOLOGY.function(function))}


def test_a_worker_reads_its_own_channels_secret_alone() -> None:
    assert names("deliver-email") == {"email", "unsubscribe"}
    assert names("deliver-mobile_push") == {"mobile_push"}


def test_who_signs_no_sessions_does_not_read_their_keys() -> None:
    assert {function.name for function in TOPOLOGY.functions if "tokens" in names(function.name)} == {"api"}


def test_only_who_takes_webhooks_can_check_their_signatures() -> None:
    assert {function.name for function in TOPOLOGY.functions if "webhooks" in names(function.name)} == {
        "provider_events"
    }


def test_functions_that_need_no_secret_read_none() -> None:
    for name in ("enqueue", "dashboard", "migrate"):
        assert names(name) == set()


def test_every_channel_with_credentials_has_a_secret_with_a_place_for_each() -> None:
    kept = {secret.name: secret.variables for secret in TOPOLOGY.secrets}
    for channel in queued_channels():
        wanted = tuple(name for credential in channel.credentials for name in credential.variables)
        assert kept.get(channel.key, ()) == wanted
