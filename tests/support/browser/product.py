"""A product with pages and a login of its own, at an origin of its own: what docs/embed.md tells its makers to do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

KEY_ID = "of-the-product"
COOKIE = "product_session"
STYLE = """:root { color-scheme: light dark; font: 16px/1.5 system-ui; }
body { margin: 0; }
header { display: flex; justify-content: space-between; align-items: center; padding: 4px 16px; border-bottom: 1px solid; }
main { max-width: 860px; margin: 0 auto; padding: 16px; }
button { background: red !important; }
"""


@dataclass
class Product:
    """`page`, `script` and `policy` are what it serves. `token` makes a token for Owlpost, of a user's id, a key and its id.

    `behind` is where it hands Owlpost's paths on to, "" for nowhere. `handed_out` are the tokens that pages were given.
    """

    url: str
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    page: str = ""
    script: str = ""
    policy: str = ""
    behind: str = ""
    token: Callable[[str, Any, str], str] = field(default=lambda _user, _key, _id: "")
    handed_out: list[str] = field(default_factory=list)

    @property
    def keys(self) -> dict[str, Any]:
        """The public keys as a JWKS."""
        return {"keys": [{**RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True), "kid": KEY_ID, "use": "sig"}]}

    def token_of(self, user_id: str) -> str:
        return self.token(user_id, self.key, KEY_ID)

    def user_of(self, cookie: str) -> str | None:
        """Return whose session a cookie is, None if nobody's."""
        named = dict(each.strip().partition("=")[::2] for each in cookie.split(";"))
        try:
            claims = jwt.decode(named.get(COOKIE, ""), self.key.public_key(), ["RS256"], audience="owlpost")
        except jwt.InvalidTokenError:
            return None
        return str(claims["sub"])


@contextmanager
def serving() -> Iterator[Product]:
    """Have a product at a port of its own. Its host is another than Owlpost's, so that a browser calls them two sites."""

    class Handler(_Handler):
        product: Product

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.product = Product(f"http://127.0.0.1:{server.server_address[1]}")
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Handler.product
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    product: Product
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self.product.behind and path.startswith(("/v1/", "/assets/", "/dashboard/")):
            self._hand_on()
        elif path == "/.well-known/jwks.json":
            self._say(json.dumps(self.product.keys), "application/json")
        elif path == "/product.css":
            self._say(STYLE, "text/css")
        elif path == "/product.js":
            self._say(self.product.script, "text/javascript")
        elif path == "/login":
            self._log_in()
        elif path == "/":
            self._say(self.product.page, "text/html; charset=utf-8", {"content-security-policy": self.product.policy})
        else:
            self._say("", "text/plain", status=404)

    def do_POST(self) -> None:
        if self.product.behind and self.path.startswith("/v1/"):
            self._hand_on()
            return
        user = self.product.user_of(self.headers.get("cookie", ""))
        if self.path != "/owlpost-token" or user is None:
            self._say("{}", "application/json", status=401)
            return
        token = self.product.token_of(user)
        self.product.handed_out.append(token)
        self._say(json.dumps({"token": token}), "application/json")

    def do_PATCH(self) -> None:
        self._hand_on()

    def do_DELETE(self) -> None:
        self._hand_on()

    def _log_in(self) -> None:
        """Sign somebody in, as `?as=` says; show the page of the login without it."""
        user = parse_qs(urlsplit(self.path).query).get("as", [""])[0]
        cookie = f"{COOKIE}={self.product.token_of(user)}; HttpOnly; SameSite=Lax; Path=/" if user else ""
        self._say("<title>The product's login</title>", "text/html", {"set-cookie": cookie} if cookie else {})

    def _hand_on(self) -> None:
        """Do as a proxy: everything as it came, but for the name of the host."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in {"host", "connection"}]
        answer = httpx.request(self.command, self.product.behind + self.path, headers=headers, content=body, timeout=60)
        own = {"connection", "transfer-encoding", "content-encoding", "content-length", "date", "server"}
        said = {name: value for name, value in answer.headers.items() if name.lower() not in own}
        self._say(answer.text, said.pop("content-type", "text/plain"), said, status=answer.status_code)

    def _say(self, text: str, kind: str, headers: dict[str, str] | None = None, *, status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {"content-type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if status not in {204, 304}:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name http.server gives it)
        """Say nothing."""
