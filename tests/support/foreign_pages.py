"""What a browser sends for a page of another site that a developer visits, to a port of this machine."""

import ssl
from urllib.parse import urlsplit

import httpx

#: What a browser says of a request of https://evil.example that it sends without asking first.
NO_CORS = {
    "origin": "https://evil.example",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "no-cors",
    "sec-fetch-dest": "empty",
    "content-type": "text/plain;charset=UTF-8",
}
REBOUND = "rebound name"
NAMELESS = "no name"
FOREIGN: dict[str, dict[str, str]] = {
    "fetch of another site": NO_CORS,
    "form of another site": {**NO_CORS, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    "image of another site": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
    "frame in another site": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    "another port of this machine": {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"},
    "browser without Sec-Fetch": {"origin": "https://evil.example"},
    "sandboxed frame": {"origin": "null", "sec-fetch-site": "cross-site"},
    REBOUND: {"host": "evil.example:8080"},
    "rebound name, same origin": {
        "host": "evil.example",
        "origin": "http://evil.example",
        "sec-fetch-site": "same-origin",
    },
    "name that begins like ours": {"host": "localhost.evil.example"},
    NAMELESS: {"host": ""},
}


def ask_by_http2(url: str, method: str, path: str, headers: dict[str, str], trust: ssl.SSLContext) -> int:
    """Return the status of the answer. A `host` among the headers is sent as `:authority`, as browsers do."""
    with httpx.Client(http1=False, http2=True, verify=trust, timeout=20) as client:
        named = {"host": urlsplit(url).netloc, **headers}
        return client.request(method, url + path, headers=named, content=b"{}").status_code
