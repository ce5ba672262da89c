"""What honest producers and operators send: requests, facts, ended jobs and commands, each of which is taken."""

import json
from typing import Any
from uuid import uuid4

from infra.local.laptop.facts import FACTS


def requests_to(person: str, team: str) -> list[dict[str, Any]]:
    """Return requests to this person and team, one of each kind. The first is to the person alone."""
    issues = [{"title": "Crash", "status": "new", "occurrence_count": 3}]
    return [
        {
            "type": "feedback.new",
            "recipients": {"user_ids": [person]},
            "title": "Hello",
            "body": "World",
            "link": "/dashboard",
            "data": {"project_id": person, "a": [1, {"b": None}]},
            "producer": "fuzz",
        },
        {
            "type": "issue.digest",
            "recipients": {"team_id": team, "roles": ["member"], "exclude_user_ids": [person]},
            "title": "1 issue",
            "data": {"issues": issues, "issue_count": 1, "dashboard_url": "/dashboard"},
        },
        {
            "type": "job.completed",
            "recipients": {"user_ids": [person]},
            "team_id": team,
            "title": "Done",
            "data": {"status": "failed", "error": "x"},
        },
        {"continue_request": str(uuid4()), "chunk": 1},
        *(json.loads(file.read_text(encoding="utf-8")) for file in sorted(FACTS.glob("*.json"))),
    ]


#: Bodies that the HTTP API takes or looks at closely, by the beginning of the operation's path: they are mutated, too.
BODIES: dict[str, dict[str, Any]] = {
    "/v1/devices": {
        "channel": "mobile_push",
        "platform": "ios",
        "token": "ab" * 32,
        "environment": "sandbox",
        "app_version": "1.0",
        "device_model": "iPhone17,1",
        "os_version": "26.1",
    },
    "/v1/auth/send-code": {"email": "somebody@people.example"},
    "/v1/auth/verify-code": {"email": "somebody@people.example", "code": "123456"},
    "/v1/auth/me": {"name": "Ada", "preferences": {"notifications": {"types": {"feedback.new": {"email": False}}}}},
    "/v1/notifications/mark-all-read": {"type": "feedback.new", "project_id": "p", "undoable": True},
    "/v1/notifications/acts": {"act": "snooze", "ids": ["01940000-0000-7000-8000-000000000001"], "seconds": 3600},
    "/v1/notifications/undo": {"undo": "ab" * 32},
    "/v1/notifications": {"read": True},
    "/v1/projects": {"issue_alert_frequency": "daily"},
    "/v1/teams": {"email": "somebody@people.example", "role": "member"},
    "/v1/invites": {"token": "ab" * 32},
}

#: Honest values of parameters in a query, where the sender has none of their own.
PARAMETERS = {"limit": "10", "read_state": "unread", "type": "feedback.new", "q": "new feedback", "keep": "current"}

#: What `alert` takes.
JOB: dict[str, Any] = {"job_type": "nightly", "status": "failed", "ended_at": "2026-11-28T06:00:00Z", "error": "boom"}


def commands(person: str) -> list[dict[str, Any]]:
    """Return commands of the operator that read. Those that send again take as long as their rate says."""
    id_ = str(uuid4())
    since = "2026-11-28T06:00:00Z"
    return [
        {"command": "now"},
        {"command": "deliveries", "status": "failed", "since": since, "limit": 10, "user": person},
        {"command": "requests", "type": "feedback.new", "since": since, "limit": 10},
        {"command": "explain_person", "user": person, "type": "feedback.new"},
        {"command": "explain_delivery", "delivery_id": id_},
        {"command": "people", "users": [person, "ada@owlpost.example"]},
        {"command": "devices", "user": person},
        {"command": "dead_letters", "queue": "requests", "limit": 10},
        {"command": "dead_letter", "queue": "requests", "id": id_},
        {"command": "audit", "since": since},
        {"command": "suppressions", "contains": "example", "limit": 10},
        {"command": "security", "since": since, "limit": 10},
        {"command": "redrive_requests", "dry_run": True},
    ]
