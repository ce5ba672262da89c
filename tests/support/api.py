"""A client of the API: builds the events that API Gateway would, and calls the function's own handler."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api.main import handler

HOST = "owlpost.example"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]
    cookies: list[str]

    @property
    def error(self) -> str:
        return str(self.body["error"])

    @property
    def cookie(self) -> str | None:
        """Return the cookie that a browser would send back; None if the answer sets none."""
        return self.cookies[0].partition(";")[0] if self.cookies else None


@dataclass
class ApiClient:
    """Sends `bearer` and `cookie` with each request. A body that is not a text is sent as JSON."""

    bearer: str | None = None
    cookie: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    ip: str = "203.0.113.7"

    def get(self, path: str, **query: object) -> Answer:
        return self.request("GET", path, query=query)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)

    def post(self, path: str, body: object = None, **query: object) -> Answer:
        return self.request("POST", path, body=body, query=query)

    def patch(self, path: str, body: object = None) -> Answer:
        return self.request("PATCH", path, body=body)

    def request(
        self, method: str, path: str, *, body: object = None, query: dict[str, object] | None = None, **changes: object
    ) -> Answer:
        answer = handler(self.event(method, path, body, query or {}) | changes, LambdaContext())
        text = answer["body"]
        is_json = text and answer["headers"].get("Content-Type") == "application/json"
        return Answer(
            answer["statusCode"],
            json.loads(text) if is_json else text,
            {name.lower(): value for name, value in answer["headers"].items()},
            answer["cookies"],
        )

    def event(self, method: str, path: str, body: object, query: dict[str, object]) -> dict[str, Any]:
        headers = {"host": HOST, **({"authorization": f"Bearer {self.bearer}"} if self.bearer else {}), **self.headers}
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        if text is not None:
            headers.setdefault("content-type", "application/json")
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": urlencode(query),
            "queryStringParameters": {name: str(value) for name, value in query.items()},
            "cookies": [self.cookie] if self.cookie else [],
            "headers": headers,
            "requestContext": {
                "stage": "$default",
                "requestId": uuid4().hex,
                "http": {"method": method, "path": path, "sourceIp": self.ip},
            },
            "body": text,
            "isBase64Encoded": False,
        }
