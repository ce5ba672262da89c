"""Signing in as a client does it."""

from owlpost.auth import Tokens
from owlpost.db.session import Database
from owlpost.domain.clock import Clock, utc_now
from owlpost.keyed_hashes import CodeHashes
from owlpost.services.people.sign_in import SignIn
from owlpost.services.people.sign_in_limits import SignInLimits
from tests.integration.api.conftest import KEY, Postman
from tests.support.api import Answer, ApiClient

NEW = "Grace.Hopper@people.example"


def send(client: ApiClient, email: str = NEW) -> Answer:
    return client.post("/v1/auth/send-code", {"email": email})


def verify(client: ApiClient, code: str, email: str = NEW) -> Answer:
    return client.post("/v1/auth/verify-code", {"email": email, "code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def service(database: Database, postman: Postman, *, now: Clock = utc_now, per_source: int = 0) -> SignIn:
    """The use case itself, where a test moves the clock or has several workers."""
    return SignIn(
        database=database,
        mail=lambda: postman,
        hashes=CodeHashes([KEY]),
        tokens=Tokens([KEY]),
        now=now,
        limits=SignInLimits(per_source),
    )
