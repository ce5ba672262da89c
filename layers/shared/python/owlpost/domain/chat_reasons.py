"""The codes of the chats that people and teams act on, each with its meaning and its remedy.

Source: docs.slack.dev, chat.postMessage and users.lookupByEmail, Errors.
"""

from owlpost.domain.explained_code import ExplainedCode

_TOKEN = "Look at SLACK_BOT_TOKEN: the app, its workspace and its scopes chat:write and users:read.email."  # noqa: S105 (words about it)


class ChatReason(ExplainedCode):
    """A chat's code as it is written on a delivery and a destination: exactly in the chat's spelling."""

    NO_SLACK_KEY = (
        "no_slack_key",
        "no bot token of a Slack app is configured, so only incoming webhooks are reached",
        "Set SLACK_BOT_TOKEN.",
    )
    NOT_IN_CHANNEL = (
        "not_in_channel",
        "our app is not in the channel, so the room was switched off",
        "Have an admin of the team invite the app to the channel, and switch the room on again.",
    )
    RESTRICTED_ACTION = (
        "restricted_action",
        "the workspace lets nobody like our app post there, so the room was switched off",
        "Have an admin of the workspace allow it, and switch the room on again.",
    )
    USERS_NOT_FOUND = (
        "users_not_found",
        "nobody in the workspace has the address that the person signed in with",
        "Have the person sign in with the address that they have there.",
    )
    CHANNEL_NOT_FOUND = (
        "channel_not_found",
        "the channel is gone, or was never there, so the destination is dead",
        "Connect another one.",
    )
    IS_ARCHIVED = "is_archived", "the channel is archived, so the destination is dead", "Connect another one."
    INVALID_AUTH = "invalid_auth", "Slack does not know our bot token", _TOKEN
    TOKEN_REVOKED = "token_revoked", "our bot token was revoked", _TOKEN
    ACCOUNT_INACTIVE = "account_inactive", "our bot token's user or workspace is gone", _TOKEN
    MISSING_SCOPE = "missing_scope", "our bot token lacks a scope", _TOKEN
