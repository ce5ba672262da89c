"""What Slack's Web API and its incoming webhooks answer: see `catalogue`.

Slack documents the codes of each method, and shows every refusal as `ok` and `error`: no row has more, but for a recorded one.
"""

from infra.local.providers.catalogue import Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json; charset=utf-8"
#: [jongyoul/gradle-slack-plugin#3]
WORD = "text/html"
_POST = "[docs.slack.dev/reference/methods/chat.postMessage, Errors]"
_LOOKUP = "[docs.slack.dev/reference/methods/users.lookupByEmail, Errors]"
#: Slack's own server for the tests of its client.
_FIXTURE = "slackapi/python-slack-sdk, tests/slack_sdk/web/mock_web_api_handler.py"
_HOOKS = "[api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks]"
#: The page of `_FIXTURE`, without what it looks like.
_SERVER_ERROR = """<!DOCTYPE html>
<html lang="en">
<head>
\t<meta charset="utf-8">
\t<title>Server Error | Slack</title>
\t<meta name="author" content="Slack">
</head>
</html>"""


def _error(code: str, meaning: Meaning, source: str = _POST, **more: object) -> CataloguedAnswer:
    return CataloguedAnswer(200, {"ok": False, "error": code, **more}, meaning, source, content_type=JSON)


def _word(status: int, word: str, meaning: Meaning, source: str = _HOOKS) -> CataloguedAnswer:
    return page(status, meaning, source, word, WORD)


_USER = {
    "id": "W012A3CDE",
    "team_id": "T012AB3C4",
    "name": "spengler",
    "deleted": False,
    "real_name": "Egon Spengler",
    "is_bot": False,
}

ANSWERS: dict[str, CataloguedAnswer] = {
    "posted": CataloguedAnswer(
        200,
        {
            "ok": True,
            "channel": "C123ABC456",
            "ts": "1503435956.000247",
            "message": {
                "text": "Here's a message for you",
                "username": "ecto1",
                "bot_id": "B123ABC456",
                "type": "message",
                "subtype": "bot_message",
                "ts": "1503435956.000247",
            },
        },
        Meaning.ACCEPTED,
        "[docs.slack.dev/reference/methods/chat.postMessage, Response]",
        content_type=JSON,
    ),
    "found": CataloguedAnswer(
        200,
        {"ok": True, "user": _USER},
        Meaning.ACCEPTED,
        "[docs.slack.dev/reference/methods/users.lookupByEmail, Response]",
        content_type=JSON,
    ),
    "who": CataloguedAnswer(
        200,
        {
            "ok": True,
            "url": "https://subarachnoid.slack.com/",
            "team": "Subarachnoid Workspace",
            "user": "owlpost",
            "team_id": "T0G9PQBBK",
            "user_id": "W23456789",
            "bot_id": "BZYBOTHED",
            "is_enterprise_install": False,
        },
        Meaning.ACCEPTED,
        "slackapi/java-slack-sdk, json-logs/samples/api/auth.test.json",
        content_type=JSON,
    ),
    "ratelimited": CataloguedAnswer(
        429, {"ok": False, "error": "ratelimited"}, Meaning.TOO_FAST, _FIXTURE, content_type=JSON
    ),
    **{
        code: _error(code, meaning)
        for meaning, codes in {
            Meaning.TOO_FAST: ("rate_limited", "message_limit_exceeded"),
            Meaning.DEAD: ("channel_not_found", "is_archived"),
            Meaning.OFF: (
                *("not_in_channel", "ekm_access_denied", "restricted_action", "restricted_action_read_only_channel"),
                *("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel"),
            ),
            Meaning.OPERATOR: (
                *("account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed"),
                *("no_permission", "access_denied", "org_login_required", "team_added_to_org"),
                *("messages_tab_disabled", "not_allowed_token_type", "team_access_not_granted"),
            ),
            Meaning.REFUSED: ("msg_too_long", "msg_blocks_too_long", "no_text", "invalid_blocks", "invalid_arguments"),
            Meaning.UNKNOWN: ("internal_error", "fatal_error"),
            Meaning.PASSES: ("service_unavailable", "request_timeout"),
        }.items()
        for code in codes
    },
    "missing_scope": _error(
        "missing_scope",
        Meaning.OPERATOR,
        "apache/superset#15903",
        needed="chat:write:bot",
        provided="incoming-webhook,files:write",
    ),
    "users_not_found": _error("users_not_found", Meaning.REFUSED, _LOOKUP),
    "front_end": page(503, Meaning.PASSES, _FIXTURE, _SERVER_ERROR, "text/html"),
    "front_end_500": page(
        500, Meaning.PASSES, f"{_FIXTURE}; slack-ruby/slack-ruby-client#359", _SERVER_ERROR, "text/html"
    ),
    "hook_ok": _word(200, "ok", Meaning.ACCEPTED, "[docs.slack.dev/tools/python-slack-sdk/webhook, Incoming webhooks]"),
    "hook_invalid_payload": _word(400, "invalid_payload", Meaning.REFUSED, "ericferon/glpi-webhook#20"),
    "hook_action_prohibited": _word(403, "action_prohibited", Meaning.OFF),
    "hook_channel_not_found": _word(404, "channel_not_found", Meaning.DEAD, "ashwanthkumar/slack-java-webhook#5"),
    "hook_no_service": _word(
        404,
        "no_service",
        Meaning.DEAD,
        "slackapi/slack-github-action#249; [routeforms.com/docs/slack-webhooks, Error responses]",
    ),
    "hook_channel_is_archived": _word(410, "channel_is_archived", Meaning.DEAD),
    "hook_rollup_error": _word(500, "rollup_error", Meaning.PASSES),
}

CATALOGUE = Catalogue(
    answers=ANSWERS, fixed=frozenset({"ok", "error"}), content_type=JSON, optional=frozenset({"retry-after"})
)
