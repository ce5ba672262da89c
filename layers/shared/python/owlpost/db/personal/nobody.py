"""The columns that name no person, with the reason: what an export leaves out and erasing leaves alone."""

from collections.abc import Mapping

_HOST = "the host's, and about a team's apps"
_TEAM = "the host's; a team whose name is its owner's goes by the host's own means"
_RECEIPT = (
    "counts, ids and the producer's own words of a request; ids of notifications name nobody once these are blank"
)
_CHUNK = "bounds of a part of a team; an id of an account that is gone names nobody"
_OPERATOR = "what an operator did, under the operator's name"
_PROVIDER = "about a provider alone"


def _all(columns: str, reason: str) -> dict[str, str]:
    return dict.fromkeys(columns.split(), reason)


NOBODY: Mapping[str, Mapping[str, str]] = {
    "teams": _all("id name slug created_at", _TEAM),
    "projects": _all("id team_id name issue_alert_frequency created_at", _HOST),
    "apps": _all("id project_id name created_at", _HOST),
    "issues": _all(
        "id project_id app_id status title occurrence_count unique_user_count is_dev first_seen_at last_seen_at"
        " last_notified_at",
        _HOST,
    ),
    "notification_requests": {
        **_all(
            "id key_source idempotency_key body_hash type team_id notifications notification_ids deliveries"
            " unknown_user_ids created_at correlation_id producer not_before recalled_at brake_id rooms",
            _RECEIPT,
        ),
        "unfinished": "a request to a team, for as long as its parts are being written",
    },
    "notification_request_chunks": _all(
        "request_id number first_user_id end_user_id notifications deliveries queued_at stored_at", _CHUNK
    ),
    "notification_outbox": {
        **_all("id correlation_id attempts not_before created_at", "a request that waits for seconds"),
        "body": "a request that waits for seconds; an id of an account that is gone is then left out",
    },
    "holds": _all(
        "id channel type producer team_id request_id reason created_by created_at until ended_at ended_by by_brake",
        _OPERATOR,
    ),
    "operator_results": _all("event_id ended_at result error", "numbers and ids of an operator's act"),
    "provider_pauses": _all(
        "id channel provider reason opened_at probe_at closed_at released_to released_after", _PROVIDER
    ),
    "schedule_runs": _all("name ran_at detail", "about a schedule alone"),
    "push_tallies": _all("id at platform tried dead", _PROVIDER),
    "webhook_events": _all("id received_at", "the provider's id of an event"),
    "ended_sessions": _all("id expires_at", "a random id, whose session is no longer listed"),
    "erasure_key": _all("key", "the key of the hashes of what was erased"),
    "erased_addresses": _all("address_hash erased_at", "a keyed hash of an address, for 180 days"),
}
