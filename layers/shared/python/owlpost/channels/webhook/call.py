"""One call of a receiver: what is posted, and what its answer means."""

from owlpost.channels.guarded import BlockedAddressError, GuardedClient
from owlpost.channels.per_destination_verdict import Answer, Visit
from owlpost.channels.provider_answer import Meaning, retry_after
from owlpost.channels.webhook.answers import meaning_of
from owlpost.channels.webhook.message import challenge_body, challenge_of, secrets_of, signed_headers
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A receiver has to prove first that it is its owner's: until then it gets nothing but challenges."""

    client: GuardedClient

    def __call__(self, visit: Visit[bytes]) -> Answer:
        """Post once. Raises NotSentError or AnswerLostError."""
        secrets = secrets_of(visit.opened, visit.at)
        challenge = None if visit.destination.is_proven else challenge_of(visit.delivery.id, secrets[0])
        body = challenge_body(visit.delivery, challenge) if challenge else visit.content
        headers = signed_headers(visit.delivery, body, secrets, at=visit.at)
        try:
            reply = self.client.post(str(visit.opened["url"]), body, headers, seconds=visit.seconds)
        except BlockedAddressError:
            return Answer(Meaning.REFUSED, Reason.BLOCKED_ADDRESS)
        wait = retry_after(reply.headers.get("retry-after"), now=visit.at)
        meaning = meaning_of(reply.status, names_wait=wait is not None)
        if meaning is Meaning.REFUSED:
            return Answer(meaning, Reason.REDIRECTED, reply.status)
        if meaning is Meaning.ACCEPTED and challenge and challenge.encode() not in reply.body:
            return Answer(Meaning.REFUSED, Reason.NOT_VERIFIED, reply.status)
        return Answer(meaning, status=reply.status, retry_after=wait)
