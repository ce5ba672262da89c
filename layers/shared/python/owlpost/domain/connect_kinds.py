"""How the channels that we ship are connected, beside webhooks: see the registry."""

from owlpost.domain.connect import SUBSCRIPTION, Connect, ConnectKind

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
        ),
    ),
    settings=("TELEGRAM_NAME",),
    told_by=("TELEGRAM_WEBHOOK_",),
)
