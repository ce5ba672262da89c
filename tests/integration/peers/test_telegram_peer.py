"""python-telegram-bot as a peer: the fake Bot API understands it, and our message is its message but for what is said here."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from telegram import Bot, ChatMember, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update
from telegram.constants import MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter
from telegram.request import HTTPXRequest

from infra.local.providers.exchange import Request
from infra.local.providers.telegram import changed
from owlpost.channels.telegram.channel import TelegramChannel, build
from owlpost.channels.telegram.message import LONGEST_TEXT
from owlpost.domain.destinations import Destination
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Sent
from owlpost.domain.telegram_chats import Membership
from owlpost.seals import Seals
from tests.integration.peers.conftest import Overheard, Start
from tests.support.mails import delivery as told_to_ada
from tests.support.receiving import KEYS

CHAT, TITLE, BODY = 42, "New feedback in Pocket Atlas", "Ada: love it"
LINK = "https://owl.example/dashboard/feedback/1"


def theirs(overheard: Overheard, *, token: str = "") -> Message:
    accounts = overheard.providers.credentials.accounts
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Open", url=LINK)]])

    async def send() -> Message:
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        url = f"{overheard.providers.urls['telegram']}/bot"
        bot = Bot(token or accounts.telegram_token, base_url=url, request=request, get_updates_request=request)
        async with asyncio.timeout(20):
            try:
                return await bot.send_message(
                    CHAT,
                    f"{TITLE}\n\n{BODY}",
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_markup=markup,
                )
            finally:
                await request.shutdown()

    return asyncio.run(send())


def ours(overheard: Overheard) -> tuple[Request, Delivery]:
    id_ = uuid4()
    sealed = Seals(KEYS).seal(id_, {"chat_id": CHAT})
    told = replace(
        told_to_ada(), destinations=(Destination(id_, "Ada", sealed, "live", datetime(2026, 1, 1, tzinfo=UTC), "chat"),)
    )
    adapter = build(
        {
            "DESTINATION_KEYS": KEYS[0],
            "TELEGRAM_BOT_TOKEN": overheard.providers.credentials.accounts.telegram_token,
            "TELEGRAM_BASE_URL": overheard.providers.urls["telegram"],
            "WEB_URL": "https://owl.example",
        }
    )
    assert isinstance(adapter, TelegramChannel)
    now = datetime.now(UTC)
    batch = DeliveryBatch(uuid4(), (told,), now + timedelta(seconds=20), at=now)
    assert isinstance(adapter.deliver(batch, {told.id: adapter.render(told)}).outcomes[told.id], Sent)
    adapter.close()
    return overheard.requests[-1], told


def test_our_message_is_python_telegram_bots_message(start: Start) -> None:
    first, second = start(), start()
    theirs(first)
    [asked] = [each for each in first.requests if each.path.endswith("/sendMessage")]
    # it sends a form with JSON in it, where we send JSON: "application/json" is among what the Bot API takes
    their = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    request, _ = ours(second)
    our = json.loads(request.body)
    assert request.path.partition("/sendMessage")[1] == asked.path.partition("/sendMessage")[1]
    assert our.keys() == their.keys()
    assert str(our["chat_id"]) == their["chat_id"]
    assert our["text"] == their["text"]
    for name in ("link_preview_options", "reply_markup"):
        assert our[name] == json.loads(their[name])
    sent = [each.providers.ledger.accepted()[0] for each in (first, second)]
    assert [each["text"] for each in sent] == [BODY, BODY]


def test_the_answers_of_the_fake_are_those_that_the_library_knows(
    overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # it warns of its next version otherwise
    assert theirs(overheard).message_id > 0
    with pytest.raises(InvalidToken):
        theirs(overheard, token="1:" + "x" * 35)
    for answer, error in (("blocked", Forbidden), ("no_chat", BadRequest), ("too_fast", RetryAfter)):
        overheard.suffers("telegram", "answer", answer=answer, times=1)
        with pytest.raises(error):
            theirs(overheard)


def test_a_text_is_as_long_as_the_library_says() -> None:
    assert LONGEST_TEXT == MessageLimit.MAX_TEXT_LENGTH


@pytest.mark.parametrize(("blocked", "status"), [(True, ChatMember.BANNED), (False, ChatMember.MEMBER)])
def test_an_update_of_the_fake_is_one_that_the_library_reads_as_we_do(*, blocked: bool, status: str) -> None:
    told = changed({"id": 42, "type": "private", "first_name": "Ada"}, {"blocked": blocked})
    update = Update.de_json({"update_id": 1, "my_chat_member": told}, None)
    assert update is not None
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == status
    read = Membership.from_update(json.dumps({"update_id": 1, "my_chat_member": told}).encode())
    assert read == Membership(42, not blocked, int(update.my_chat_member.date.timestamp()))
