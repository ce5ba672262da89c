"""One message to one chat."""

from owlpost.channels.per_destination_verdict import Answer, Moved, Visit
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.replies import Poster, Reply
from owlpost.channels.telegram.answers import is_block, meaning_of, message_id, parameters
from owlpost.channels.telegram.settings import TelegramSettings
from owlpost.domain.reasons import Reason
from owlpost.domain.telegram_chats import address_of
from owlpost.domain.value import dataclass

#: Seconds. A longer wait would take the delivery out of our hands.
LONGEST_WAIT = 3_600.0


@dataclass(frozen=True, slots=True)
class TelegramCall:
    client: Poster
    settings: TelegramSettings

    def __call__(self, visit: Visit[bytes]) -> Answer:
        """Send once. Raises NotSentError or AnswerLostError."""
        if not self.settings.token:
            return Answer.skipped(Reason.NO_TELEGRAM_TOKEN)
        chat = visit.opened.get("chat_id")
        if not isinstance(chat, int):
            return Answer.skipped(Reason.DESTINATION_UNREADABLE)
        body = b'{"chat_id":' + str(chat).encode() + b"," + visit.content[1:]
        headers = {"content-type": "application/json", "x-request-id": str(visit.delivery.id)}
        reply = self.client.post(self.settings.url("sendMessage"), body, headers, seconds=visit.seconds)
        return _answer(reply)


def _answer(reply: Reply) -> Answer:
    meaning, told = meaning_of(reply.status, reply.body), parameters(reply.body)
    if isinstance(moved := told.get("migrate_to_chat_id"), int):
        # the group is another now: it is told there the next time
        to = Moved(address_of(moved), {"chat_id": moved}, exclusive=True)
        return Answer(Meaning.PASSES, Reason.CHAT_MOVED, reply.status, retry_after=0.0, moved=to)
    wait = told.get("retry_after")
    seconds = min(float(wait), LONGEST_WAIT) if isinstance(wait, int | float) and wait >= 0 else None
    kept = {"message_id": message_id(reply.body)} if meaning is Meaning.ACCEPTED else {}
    code = Reason.CHAT_BLOCKED if is_block(reply.body) else None
    return Answer(meaning, code, reply.status, retry_after=seconds, kept=kept)
