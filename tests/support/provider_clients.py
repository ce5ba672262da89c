"""Correct clients of the fake providers. A test only states its deviation."""

import json
import time
from typing import Any

import httpx
import jwt

from infra.local.providers.server import Providers

TOKEN = "ab" * 32
MAIL = {"from": "Owlpost <owl@example.org>", "to": ["ada@example.org"], "subject": "Hello", "html": "<p>Hi</p>"}
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Mailer:
    """Sends to the fake Resend as an honest client does."""

    def __init__(self, providers: Providers, http: httpx.Client) -> None:
        self._url = providers.urls["resend"]
        self._authorization = {"authorization": f"Bearer {providers.credentials.accounts.resend_api_key}"}
        self._http = http

    def __call__(self, body: Any, *, path: str = "/emails", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.post(f"{self._url}{path}", json=body, headers=self._authorization | named)


class Pusher:
    """Sends to the fake APNs as an honest client does."""

    def __init__(self, providers: Providers, http: httpx.Client) -> None:
        self._providers = providers
        self._http = http
        self.authorization = f"bearer {self.provider_token()}"

    def provider_token(self, *, age: int = 0, **changes: str) -> str:
        accounts = self._providers.credentials.accounts
        claims = {"iss": changes.get("iss", accounts.apns_team_id), "iat": int(time.time()) - age}
        headers = {"kid": changes.get("kid", accounts.apns_key_id)}
        return jwt.encode(claims, accounts.apns_key, algorithm="ES256", headers=headers)

    def __call__(self, token: str = TOKEN, *, content: str | None = None, **headers: str | None) -> httpx.Response:
        given = {
            "authorization": self.authorization,
            "apns_topic": self._providers.credentials.accounts.apns_bundle_id,
            "apns_push_type": "alert",
            "apns_collapse_id": "n1",
        } | headers
        named = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        payload = {"aps": {"alert": {"title": "Title", "body": "Body"}, "badge": 3}, "notification_id": "n1"}
        url = f"{self._providers.urls['apns']}/3/device/{token}"
        return self._http.post(url, content=content or json.dumps(payload), headers=named)


class Android:
    """Sends to the fake FCM as an honest client does."""

    def __init__(self, providers: Providers, http: httpx.Client) -> None:
        self.account = json.loads(providers.credentials.service_account_path.read_text())
        self._url = f"{providers.urls['fcm']}/v1/projects/{self.account['project_id']}/messages:send"
        self._http = http

    def assertion(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {"iss": self.account["client_email"], "aud": self.account["token_uri"], "scope": SCOPE}
        claims |= {"iat": now, "exp": now + 3600} | changes
        return jwt.encode(claims, self.account["private_key"], algorithm="RS256")

    def token(self, assertion: str) -> httpx.Response:
        return self._http.post(self.account["token_uri"], data={"grant_type": GRANT, "assertion": assertion})

    def __call__(self, **message: Any) -> httpx.Response:
        access_token = self.token(self.assertion()).json()["access_token"]
        body = {"message": {"token": "phone:1", "data": {"notification_id": "n1"}} | message}
        return self._http.post(self._url, json=body, headers={"authorization": f"Bearer {access_token}"})
