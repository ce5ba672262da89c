"""The channels that we ship and that nobody has until the installation names them in CHANNELS: see `channels.switch_on`."""

from owlpost.domain.channel import EVERY, Channel, Credential
from owlpost.domain.connect_kinds import BROWSERS, DISCORD, SLACK, TEAMS, TELEGRAM_CHATS, WEBHOOK

#: What every chat reads beside its own.
CHAT_SETTINGS = ("CHAT_", "DESTINATION_KEYS", "WEB_URL")
OPTIONAL_CHANNELS: dict[str, Channel] = {
    channel.key: channel
    for channel in (
        Channel(
            "webhook",
            "Webhook",
            adapter="owlpost.channels.webhook.channel",
            settings=("WEBHOOK_", "DESTINATION_KEYS", "WEB_URL"),
            reach="destinations",
            defaults_like=EVERY,
            connect=WEBHOOK,
        ),
        Channel(
            "slack",
            "Slack",
            adapter="owlpost.channels.slack.channel",
            settings=("SLACK_", *CHAT_SETTINGS),
            credentials=(Credential(("SLACK_BOT_TOKEN",), otherwise="no_slack_key", provider="slack"),),
            reach="destinations",
            defaults_like="mobile_push",
            connect=SLACK,
        ),
        Channel(
            "teams",
            "Microsoft Teams",
            adapter="owlpost.channels.teams.channel",
            settings=("TEAMS_", *CHAT_SETTINGS),
            reach="destinations",
            connect=TEAMS,
        ),
        Channel(
            "discord",
            "Discord",
            adapter="owlpost.channels.discord.channel",
            settings=("DISCORD_", *CHAT_SETTINGS),
            reach="destinations",
            connect=DISCORD,
        ),
        Channel(
            "web_push",
            "Web push",
            adapter="owlpost.channels.web_push.channel",
            settings=("WEB_PUSH_", "DESTINATION_KEYS", "WEB_URL"),
            reach="destinations",
            defaults_like="mobile_push",
            connect=BROWSERS,
            generated="WEB_PUSH_SECRET",
        ),
        Channel(
            "telegram",
            "Telegram",
            adapter="owlpost.channels.telegram.channel",
            settings=("TELEGRAM_", "DESTINATION_KEYS", "WEB_URL"),
            credentials=(Credential(("TELEGRAM_BOT_TOKEN",), otherwise="no_telegram_token", provider="telegram"),),
            reach="destinations",
            defaults_like="mobile_push",
            connect=TELEGRAM_CHATS,
            generated="TELEGRAM_WEBHOOK_SECRET",
        ),
    )
}
