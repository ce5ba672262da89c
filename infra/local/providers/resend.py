"""A fake of Resend by its documentation: single mails and batches of a hundred, idempotency keys, a rate limit, quotas.

Sources: resend.com/docs/api-reference (errors, rate-limit, emails/send-email, emails/send-batch-emails),
dashboard/emails/idempotency-keys, dashboard/emails/batch-validation-modes and knowledge-base/403-error-1010.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infra.local.providers.catalogue import compact
from infra.local.providers.exchange import Answer, Request
from infra.local.providers.faults import Fault, FaultPlan, answer_of, retry_after, suffer
from infra.local.providers.ledger import Ledger, Remembered
from infra.local.providers.mail import MailRefusedError, accepted_mail, recipients, validate
from infra.local.providers.quota import Quota
from infra.local.providers.resend_catalogue import ANSWERS, JSON
from infra.local.providers.resend_catalogue import document as document_of

if TYPE_CHECKING:
    from infra.local.providers.rate_limit import RateLimit

MAX_BATCH = 100
DOMAINS = "/domains"
MAX_KEY = 256
DAY = 86_400.0

#: The name of the answer for each fault.
FAULTS = {
    "rate_limit": "rate_limit",
    "error_500": "application_error",
    "error_503": "service_unavailable",
    "reject_call": "invalid_to",
    "reject_content": "security_error",
    "conflict": "conflict",
    "daily_quota": "daily_quota",
    "refused_key": "unknown_key",
}


class Resend:
    """The application behind the fake's HTTP server."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        faults: FaultPlan,
        api_key: str,
        limit: "RateLimit",
        clock: Callable[[], float] = time.time,
        idempotency_window: float = DAY,
        daily_quota: int | None = None,
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._api_key = api_key
        self._limit = limit
        self._clock = clock
        self._idempotency_window = idempotency_window
        self._quota = Quota(daily_quota, clock)
        self._running: dict[str, float] = {}  # idempotency key → the time of its late answer

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if not request.headers.get("user-agent"):
            return ANSWERS["no_user_agent"].answer()  # Cloudflare, in front of the API
        admitted, headers = self._limit.admit()
        answer = self._admitted(request) if admitted else ANSWERS["rate_limit"].answer()
        return replace(answer, headers=(*answer.headers, *headers, *self._quota.headers()))

    def _admitted(self, request: Request) -> Answer:
        try:
            document = json.loads(request.body or b"null")
        except ValueError:
            return ANSWERS["no_json"].answer()
        fault = self._faults.pick("resend", lambda: _addresses(document))
        if fault is None:
            return self._checked(request, document)
        answer = suffer(fault, accept=lambda: self._checked(request, document), refuse=_refusal)
        if answer.delay and answer.status == 200 and (key := request.headers.get("idempotency-key")):
            self._running[key] = time.monotonic() + answer.delay
        return answer

    def _checked(self, request: Request, document: Any) -> Answer:
        """Check path, method and key. Then do the work, once per idempotency key."""
        work = {"/emails": self._send, "/emails/batch": self._send_batch}.get(request.path)
        if work is None and request.path != DOMAINS:
            return ANSWERS["not_found"].answer()
        if request.method != ("POST" if work else "GET"):
            return ANSWERS["method_not_allowed"].answer()
        authorization = request.headers.get("authorization", "")
        if not authorization.startswith("Bearer "):
            return ANSWERS["missing_api_key"].answer()
        if authorization != f"Bearer {self._api_key}":
            return ANSWERS["unknown_key"].answer()
        return self._once(request, document, work) if work else ANSWERS["domains"].answer()

    def _once(self, request: Request, document: Any, work: Callable[[Request, Any], Answer]) -> Answer:
        key = request.headers.get("idempotency-key")
        if key is None:
            return work(request, document)
        if not 1 <= len(key) <= MAX_KEY:
            return ANSWERS["invalid_idempotency_key"].answer()
        if self._running.get(key, 0.0) > time.monotonic():
            return ANSWERS["conflict"].answer()
        now = self._clock()
        fingerprint = _fingerprint(request.path, document)
        first = self._ledger.recall(key, now=now)
        if first is None:
            answer = work(request, document)
            if answer.status == 200:  # a refused request uses up no key
                memory = Remembered(fingerprint, answer.status, answer.body)
                self._ledger.remember(key, memory, expires_at=now + self._idempotency_window)
            return answer
        if first.fingerprint != fingerprint:
            return ANSWERS["key_of_another_payload"].answer()
        return Answer(first.status, first.body, (("content-type", JSON),))

    def _send(self, request: Request, mail: Any) -> Answer:
        try:
            self._validate(mail, kinds={"reject_address"})
        except MailRefusedError as refused:
            return _error(422, refused.name, refused.message)
        if not self._quota.allows(1):
            return ANSWERS["daily_quota"].answer()
        return _json(200, self._accept(request, mail))

    def _send_batch(self, request: Request, mails: Any) -> Answer:
        if not isinstance(mails, list) or not 1 <= len(mails) <= MAX_BATCH:
            return _error(422, "validation_error", f"The batch must be an array of 1 to {MAX_BATCH} emails.")
        permissive = request.headers.get("x-batch-validation", "strict") == "permissive"
        permissive = permissive and not self._faults.pick_for_mail("resend", "", {"strict_batches"})
        refused: dict[int, MailRefusedError] = {}
        for index, mail in enumerate(mails):
            try:
                self._validate(mail, kinds={"reject_address", "partial"})
            except MailRefusedError as error:
                refused[index] = error
        if refused and not permissive:
            first = refused[min(refused)]
            return _error(422, first.name, first.message)
        if not self._quota.allows(len(mails) - len(refused)):
            return ANSWERS["daily_quota"].answer()
        data = [self._accept(request, mail) for index, mail in enumerate(mails) if index not in refused]
        errors = [{"index": index, "message": error.message} for index, error in refused.items()]
        return _json(200, {"data": data, "errors": errors} if permissive else {"data": data})

    def _validate(self, mail: Any, *, kinds: set[str]) -> None:
        validate(mail)
        for address in recipients(mail):
            if self._faults.pick_for_mail("resend", address, kinds):
                raise MailRefusedError("validation_error", f"Invalid `to` field. {address} cannot be mailed.")

    def _accept(self, request: Request, mail: dict[str, Any]) -> dict[str, str]:
        mail_id = str(uuid.uuid4())
        self._quota.used()
        key = request.headers.get("idempotency-key")
        self._ledger.record(accepted_mail(mail, at=self._clock(), provider_id=mail_id, idempotency_key=key))
        return {"id": mail_id}


def _addresses(document: Any) -> str:
    mails = document if isinstance(document, list) else [document]
    return ",".join(str(address) for mail in mails for address in recipients(mail))


def _fingerprint(path: str, document: Any) -> str:
    return hashlib.sha256(f"{path}\n{json.dumps(document, sort_keys=True)}".encode()).hexdigest()


def _refusal(fault: Fault) -> Answer:
    return answer_of(fault, FAULTS).answer(retry_after(fault))


def _error(status: int, name: str, message: str) -> Answer:
    return _json(status, document_of(status, name, message))


def _json(status: int, document: Any) -> Answer:
    return Answer(status, compact(document), (("content-type", JSON),))
