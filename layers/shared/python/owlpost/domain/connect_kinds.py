"""How the channels that we ship are connected."""

from owlpost.domain.connect import SUBSCRIPTION, URL, Ask, Connect, ConnectKind

WEBHOOK = Connect(
    (
        ConnectKind(
            "url",
            "Webhook",
            owned_by="person",
            proof="challenge",
            asks=URL,
            more_hosts="WEBHOOK_INSIDE",
            signs=True,
        ),
    ),
    settings=("WEBHOOK_",),
)

BROWSERS = Connect(
    (
        ConnectKind(
            "subscription",
            "This browser",
            owned_by="person",
            proof="at_once",
            asks=SUBSCRIPTION,
            # web-push-libs/web-push#801, and the endpoints that the browsers' makers document.
            hosts=(
                "fcm.googleapis.com",
                "android.googleapis.com",
                "updates.push.services.mozilla.com",
                "*.push.apple.com",
                "*.notify.windows.com",
            ),
            more_hosts="WEB_PUSH_HOSTS",
            exclusive=True,
            most=20,
            stalest_gives_way=True,
            ended_by_owner=True,
        ),
    ),
    settings=("WEB_PUSH_",),
    public_key="owlpost.channels.web_push.public_key",
)
TELEGRAM_CHATS = Connect(
    (
        ConnectKind(
            "chat",
            "Telegram",
            owned_by="person",
            proof="link",
            link="https://t.me/{TELEGRAM_NAME}?start={token}",
            exclusive=True,
            ended_by_owner=True,
        ),
    ),
    settings=("TELEGRAM_NAME",),
    told_by=("TELEGRAM_WEBHOOK_",),
)

#: Ids of public and private channels [docs.slack.dev, Conversation object]. Names are not taken: they can be renamed.
_SLACK_ROOM = Ask("room_id", "Channel id", "text", pattern="[CG][A-Z0-9]{8,20}", example="C0123456789")
SLACK = Connect(
    (
        ConnectKind("bot_dm", "Slack direct messages", owned_by="person", proof="test", exclusive=True),
        ConnectKind("bot_room", "Slack channel", owned_by="room", proof="test", asks=_SLACK_ROOM),
        ConnectKind(
            "incoming_webhook",
            "Slack incoming webhook",
            owned_by="room",
            proof="seen",
            asks=URL,
            hosts=("hooks.slack.com", "hooks.slack-gov.com"),
            more_hosts="SLACK_HOSTS",
        ),
    ),
    settings=("SLACK_HOSTS",),
)

_GONE = "is of a connector, which Microsoft has retired: make a workflow of Power Automate, and paste its URL"
TEAMS = Connect(
    (
        ConnectKind(
            "room_webhook",
            "Microsoft Teams workflow",
            owned_by="room",
            proof="seen",
            untold="It was handed to Power Automate, which does not tell whether it appeared.",
            asks=URL,
            #: [databrickslabs/dqx, Teams], [argo-cd.readthedocs.io, Teams Workflows]
            hosts=(
                "*.logic.azure.com",
                "*.environment.api.powerplatform.com",
                "*.powerautomate.com",
                "flow.microsoft.com",
            ),
            more_hosts="TEAMS_HOSTS",
            elsewhere=tuple(
                (host, _GONE) for host in ("*.webhook.office.com", "webhook.office.com", "outlook.office.com")
            ),
        ),
    ),
    settings=("TEAMS_HOSTS",),
)
DISCORD = Connect(
    (
        ConnectKind(
            "room_webhook",
            "Discord webhook",
            owned_by="room",
            proof="seen",
            asks=URL,
            hosts=("discord.com", "discordapp.com"),
            more_hosts="DISCORD_HOSTS",
        ),
    ),
    settings=("DISCORD_HOSTS",),
)
