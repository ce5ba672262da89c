"""One message at one place of Slack: a person's direct messages, a channel by its id, or an incoming webhook."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from owlpost.channels.http_call import HttpCall
from owlpost.channels.per_destination_verdict import Answer, Moved, Visit
from owlpost.channels.provider_answer import Meaning, storable
from owlpost.channels.replies import AnswerLostError
from owlpost.channels.slack.answers import read_answer, read_webhook_answer
from owlpost.channels.slack.message import Message
from owlpost.domain.chat_reasons import ChatReason
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass

JSON = {"content-type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class SlackCall:
    """`token` is the app's bot token, without which only incoming webhooks are reached."""

    http: HttpCall
    base_url: str
    token: str | None

    def __call__(self, visit: Visit[Message]) -> Answer:
        """Post once. Raises NotSentError or AnswerLostError."""
        if visit.destination.kind == "incoming_webhook":
            shown = {name: value for name, value in visit.content.items() if name != "metadata"}
            body = json.dumps(shown).encode()
            reply = self.http.post(str(visit.opened["url"]), body, JSON, seconds=visit.seconds)
            return read_webhook_answer(reply, visit.at)
        if self.token is None:
            return Answer.skipped(ChatReason.NO_SLACK_KEY)
        if visit.destination.kind == "bot_room":
            return self._post(visit, str(visit.opened["room_id"]))
        return self._to_person(visit)

    def _to_person(self, visit: Visit[Message]) -> Answer:
        """Post to the person's direct messages. Who they are is looked up with the first test, and kept once it was taken."""
        user = visit.opened.get("user")
        if user and visit.destination.is_proven:
            return self._post(visit, str(user))
        if not visit.delivery.address:
            return Answer.skipped(Reason.NO_ADDRESS)
        found = self._look_up(visit, visit.delivery.address)
        if isinstance(found, Answer):
            return found
        answer = self._post(visit, found)
        if answer.meaning is not Meaning.ACCEPTED:
            return answer
        return replace(answer, moved=Moved(found, {"user": found}, exclusive=True))

    def _look_up(self, visit: Visit[Message], address: str) -> str | Answer:
        """Return the id of the person with this address, or the answer that says why there is none: nothing was posted."""
        url = f"{self.base_url}/users.lookupByEmail?{urlencode({'email': address})}"
        try:
            reply = self.http.ask("GET", url, self._bearer, seconds=visit.seconds / 2)
        except AnswerLostError:
            return Answer.passes(Reason.NO_ANSWER)
        answer, said = read_answer(reply, visit.at)
        user: Any = said.get("user")
        if answer.meaning is Meaning.ACCEPTED and isinstance(user, dict) and storable(user.get("id")):
            return storable(user["id"])
        if answer.meaning in {Meaning.ACCEPTED, Meaning.UNKNOWN}:
            return Answer(Meaning.PASSES, answer.code or Reason.UNREADABLE_ANSWER, answer.status)
        return answer

    def _post(self, visit: Visit[Message], channel: str) -> Answer:
        body = json.dumps({"channel": channel, **visit.content}).encode()
        reply = self.http.post(
            f"{self.base_url}/chat.postMessage", body, {**JSON, **self._bearer}, seconds=visit.seconds
        )
        answer, said = read_answer(reply, visit.at)
        if answer.meaning is not Meaning.ACCEPTED:
            return answer
        return replace(answer, kept={"ts": storable(said.get("ts"))})

    @property
    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}
