"""One push to one browser: what is sent, and what the push service's answer means."""

from dataclasses import field

from owlpost.channels.guarded import BlockedAddressError
from owlpost.channels.per_destination_verdict import Answer, Visit
from owlpost.channels.provider_answer import Meaning, retry_after
from owlpost.channels.replies import Poster
from owlpost.channels.web_push.answers import meaning_of
from owlpost.channels.web_push.death_watch import DeathWatch
from owlpost.channels.web_push.encryption import BrowserKeys, encrypt
from owlpost.channels.web_push.key_watch import KeyWatch
from owlpost.channels.web_push.message import push_headers
from owlpost.channels.web_push.vapid import Vapid, origin_of
from owlpost.domain.base64url import decoded
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class WebPushCall:
    """`vapid` is None where web push is not set up."""

    client: Poster
    vapid: Vapid | None
    watch: KeyWatch = field(default_factory=KeyWatch)
    deaths: DeathWatch = field(default_factory=DeathWatch)

    def __call__(self, visit: Visit[bytes]) -> Answer:
        """Push once. Raises NotSentError or AnswerLostError."""
        if self.vapid is None:
            return Answer.skipped(Reason.NO_WEB_PUSH_KEY)
        endpoint, now = str(visit.opened["url"]), visit.at.timestamp()
        try:
            keys = BrowserKeys(decoded(str(visit.opened["p256dh"])), decoded(str(visit.opened["auth"])))
            body = encrypt(visit.content, keys)
        except (KeyError, ValueError):
            return Answer.skipped(Reason.DESTINATION_UNREADABLE)
        authorization = self.vapid.authorization(endpoint, now=now)
        headers = {**push_headers(visit.delivery, now=now), "authorization": authorization}
        try:
            reply = self.client.post(endpoint, body, headers, seconds=visit.seconds)
        except BlockedAddressError:
            return Answer(Meaning.REFUSED, Reason.BLOCKED_ADDRESS)
        service, said = origin_of(endpoint), meaning_of(reply.status)
        if said in {Meaning.ACCEPTED, Meaning.DEAD}:
            self.deaths.note(service, visit.destination.id, is_dead=said is Meaning.DEAD, at=visit.at)
        meaning = self._watched(said, visit, service)
        wait = retry_after(reply.headers.get("retry-after"), now=visit.at)
        return Answer(meaning, status=reply.status, retry_after=wait)

    def _watched(self, meaning: Meaning, visit: Visit[bytes], service: str) -> Meaning:
        """Return the meaning, where a service that takes others of ours refuses the key of this subscription alone."""
        now = visit.at.timestamp()
        if meaning is Meaning.ACCEPTED:
            self.watch.took(service, now=now)
        if meaning is Meaning.OPERATOR and self.watch.refuses_one(service, visit.destination.id, now=now):
            return Meaning.DEAD
        return meaning
